"""Whoever opens a module knows where its test is: ``safepool/core/states.py`` has ``tests/safepool/core/test_states.py``.

A module's leading underscores are no part of the name of its test; the test of a package itself bears the package's name. What
looks at a whole pool, or at a whole run, lies in ``acceptance``.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.checkout import PACKAGES, ROOT, modules

TESTS = ROOT / "tests"

#: Folders of files of one kind, each of which this one test goes over; a file may have a test of its own besides.
GONE_OVER = {
    "repro.subject.scenarios": "tests/repro/acceptance/test_scenarios.py",
    "repro.subject.pools": "tests/repro/verdicts/test_adapter_check.py",
    "repro.subject.checks": "tests/repro/cli/test_check_adapter_command.py",
    "repro.report.formats": "tests/repro/cli/test_report_command.py",
    "repro.lessons.forms": "tests/repro/lessons/forms/test_forms.py",
    "repro.bench.subject": "tests/repro/cli/test_bench_command.py",
}

#: Modules without a test of their own. This may only get shorter: who writes such a test takes its module out.
WITHOUT_TEST = {
    "repro.observer.signals",
    "repro.observer.launch",
    "repro.observer.run",
    "repro.records.judged",
    "repro.subject.adapter",
    "repro.subject.autopsy",
    "repro.subject.cell",
    "repro.subject.events",
    "repro.subject.exits",
    "repro.subject.full",
    "repro.subject.heavy",
    "repro.subject.loading",
    "repro.subject.probe",
    "repro.subject.procfs",
    "repro.subject.program",
    "repro.subject.rendezvous",
    "repro.subject.task",
    "repro.subject.witness",
    "repro.versions",
    "safepool.contract",
    "safepool.interfaces.common",
    "safepool.protocol.control",
    "safepool.protocol.spin",
    "safepool.protocol.words",
    "safepool.worker.channel",
}


def files() -> list[Path]:
    """Every file of tests that has to mirror a module."""
    found = [path for package in PACKAGES for path in sorted((TESTS / package).rglob("test_*.py"))]
    return [path for path in found if "acceptance" not in path.parts]


def mirrored(file: Path) -> str | None:
    """The module whose test a file is, or None if there is no such module."""
    room = ".".join(file.parent.relative_to(TESTS).parts)
    name = file.stem.removeprefix("test_")
    names = {module.rpartition(".")[2].strip("_"): module for module in modules() if module.rpartition(".")[0] == room}
    if name == file.parent.name and name not in names:
        return room
    words = name.split("_")  # test_MODULE.py, or test_MODULE_TOPIC.py where one file would be too long
    return next((names[one] for n in range(len(words), 0, -1) if (one := "_".join(words[:n])) in names), None)


def has_code(path: Path) -> bool:
    """Whether a module defines a function or a class: there is something to be tested."""
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        for node in ast.parse(path.read_text("utf-8")).body
    )


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(TESTS)))
def test_a_test_names_its_module(file: Path) -> None:
    """There is such a module: one that moved, or was renamed, takes its test along."""
    assert mirrored(file) is not None


def test_modules_without_a_test_are_known() -> None:
    """A new module comes with its test; one that got one is in the list no more."""
    tested = {mirrored(file) for file in files()}
    gone_over = tuple(folder + "." for folder in GONE_OVER)
    without = {
        name
        for name, path in modules().items()
        if has_code(path) and name not in tested and not f"{name}.".startswith(gone_over)
    }
    assert without == WITHOUT_TEST


@pytest.mark.parametrize("folder", GONE_OVER)
def test_what_goes_over_a_folder_is_there(folder: str) -> None:
    """The folder, and the test that says that it goes over it."""
    assert folder in modules()
    assert (ROOT / GONE_OVER[folder]).is_file()


def test_folders_of_tests_are_packages() -> None:
    """Else two files of the same name in two of them would be one module."""
    assert [path for path in TESTS.rglob("test_*.py") if not (path.parent / "__init__.py").is_file()] == []


def test_a_test_without_a_module_is_noticed() -> None:
    """The rule above can fail; rooms, packages and private modules are found."""
    assert mirrored(TESTS / "safepool" / "core" / "test_states.py") == "safepool.core.states"
    assert mirrored(TESTS / "safepool" / "test_safepool.py") == "safepool"
    assert mirrored(TESTS / "repro" / "test_main.py") == "repro.__main__"
    assert mirrored(TESTS / "safepool" / "test_states.py") is None
    assert mirrored(TESTS / "safepool" / "core" / "test_pools.py") is None
