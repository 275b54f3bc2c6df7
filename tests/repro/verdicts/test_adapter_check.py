"""What an adapter has to declare: each mistake is found, and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repro.errors import UsageError
from repro.plan import catalogue, interpreters
from repro.plan.catalogue import PoolEntry
from repro.report import script
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
        (
            {"script_imports": ("import pool",), "script_class": "pool.Pool"},
            "script('submit') uses wait, which no line of script_imports brings",
        ),
        ({"script_imports": ("import pool",)}, "script('submit') is missing"),
        ({"script_class": None}, "script_class is None: it has to be a str"),
        (
            {"script_options": {"timeout": "timeout"}},
            "script_options is {'timeout': 'timeout'}: it has to say what the constructor calls",
        ),
        ({"script": lambda self, operation: ["print(pools)"]}, "script('submit') uses pools, which no line of"),
        ({"script": lambda self, operation: ["print("]}, "script('submit') is no program: SyntaxError"),
        ({"script": lambda self, operation: 1 / 0}, "script('submit') is no program: ZeroDivisionError"),
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


def test_the_example_in_the_readme_keeps_the_contract(tmp_path: Path) -> None:
    """Who copies it has an adapter with nothing wrong, of which `repro script` makes a program."""
    text = (catalogue.SUBJECT / "pools" / "README.md").read_text("utf-8")
    file = tmp_path / "repro_adapter.py"
    file.write_text(text.split("```python\n", 1)[1].split("```", 1)[0])
    entry = catalogue.load_pool(file)
    assert adapter_check.contract(entry.adapter) == []
    program = script.render(catalogue.scenarios()["sigkill"], entry, "map", None, interpreters.current())
    assert "from acme_pool import AcmePool" in program.splitlines()


def test_an_adapter_without_a_script_is_one_all_the_same() -> None:
    """It is for `repro script` only, which says what it lacks."""
    entry = PoolEntry(type("Silent", (Fine,), {"operations": ("submit", "map")})(), Path("silent.py"))
    assert adapter_check.contract(entry.adapter) == []
    with pytest.raises(UsageError, match=r"fine has no program: of its adapter, script\('map'\) is missing"):
        script.render(catalogue.scenarios()["sigkill"], entry, "map", None, interpreters.current())
