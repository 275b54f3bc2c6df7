"""Scenarios and adapters are files: this loads one, on both sides of the wall."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapter import Adapter

_loaded: dict[str, Any] = {}


def scenario(
    path: str,
) -> Any:  # a Scenario; it is not named here, since what a scenario is has the tasks' module, which loads one
    """The scenario that a file defines as ``SCENARIO``."""
    return _attribute(path, "scenarios", "SCENARIO")


def pool(path: str) -> Adapter:
    """The adapter that a file defines as ``POOL``."""
    found: Adapter = _attribute(path, "pools", "POOL")
    return found


def _attribute(path: str, folder: str, attribute: str) -> Any:
    if path not in _loaded:
        stem = os.path.splitext(os.path.basename(path))[0]
        # a name inside this package, so that the file can say `from ..scenario import Scenario` wherever it lies
        name = f"{__package__}.{folder}.{stem}"
        importlib.import_module(f"{__package__}.{folder}")
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        _loaded[path] = getattr(module, attribute)
    return _loaded[path]
