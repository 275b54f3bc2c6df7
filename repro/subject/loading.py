"""Scenarios and adapters are files: this loads one, on both sides of the wall."""

import importlib.util
import os
import sys

_loaded = {}


def scenario(path):
    """The scenario that a file defines as ``SCENARIO``."""
    return _attribute(path, "scenarios", "SCENARIO")


def pool(path):
    """The adapter that a file defines as ``POOL``."""
    return _attribute(path, "pools", "POOL")


def _attribute(path, folder, attribute):
    if path not in _loaded:
        stem = os.path.splitext(os.path.basename(path))[0]
        # a name inside this package, so that the file can say `from ..scenario import Scenario` wherever it lies
        name = f"{__package__}.{folder}.{stem}"
        importlib.import_module(f"{__package__}.{folder}")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        _loaded[path] = getattr(module, attribute)
    return _loaded[path]
