"""What an adapter has to declare: each mistake is found, and told."""

from __future__ import annotations

from typing import Any

import pytest

from repro.plan import catalogue
from repro.subject.adapter import Adapter
from repro.verdicts import adapter_check
from tests.repro.lab import Fine


@pytest.mark.parametrize("name", list(catalogue.pools()))
def test_every_adapter_of_the_suite_keeps_the_contract(name: str) -> None:
    """What repro check-adapter asks of third parties, the suite's own adapters do."""
    assert adapter_check.contract(catalogue.pools()[name].adapter) == []


def test_an_adapter_with_nothing_wrong_has_no_findings() -> None:
    """The contract can be kept: the table below changes one thing each in this adapter."""
    assert adapter_check.contract(Fine()) == []


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"name": ""}, "name is ''"),
        ({"name": "two words"}, "name is 'two words'"),
        ({"name": None}, "name is None: it has to be a str"),
        ({"label": ""}, "label is empty"),
        ({"operations": ()}, "operations is ()"),
        ({"operations": ("map", "map")}, "each once"),
        ({"operations": "map"}, "operations is 'map': it has to be a tuple of str; one element needs a comma"),
        ({"has": ("callbacks",)}, "has names callbacks: known are initializer"),
        ({"start_methods": ("fork", "thread")}, "start_methods is ('fork', 'thread')"),
        ({"start_methods": ()}, "start_methods is ()"),
        ({"start_methods": ("", "fork")}, "start_methods is ('', 'fork')"),
        ({"default_start_method": "thread"}, "default_start_method is 'thread'"),
        ({"patience": -1}, "patience is -1"),
        ({"requires": None}, "requires is None"),
        ({"open": Adapter.open}, "open() is missing: no pool can be made"),
        ({"collect": Adapter.collect}, "collect() is missing"),
    ],
)
def test_what_is_declared_wrongly_is_said(changes: dict[str, Any], phrase: str) -> None:
    """Each mistake in a declaration is found, alone, and named with the value that was found."""
    (problem,) = adapter_check.contract(type("Changed", (Fine,), changes)())
    assert phrase in problem


def test_something_else_than_an_adapter_is_said() -> None:
    """A POOL that is a class instead of an instance, for one."""
    (problem,) = adapter_check.contract(Fine)
    assert "has to be an instance" in problem
