"""The list of the rules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from repro.diagnose import rules
from repro.diagnose.whose import owners
from tests.repro.diagnose import kept


def test_every_rule_is_asked_of_every_owner() -> None:
    """A rule that is not in the list is no rule."""
    several = [importlib.import_module(f"{rules.__name__}.{one.name}") for one in pkgutil.iter_modules(rules.__path__)]
    functions = {
        function
        for module in several
        for function in vars(module).values()
        if inspect.isgeneratorfunction(function) and not function.__name__.startswith("_")
    }
    assert functions == set(rules.RULES)
    assert owners(kept.idle_workers())
