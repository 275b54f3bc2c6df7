"""``repro check-adapter``: what it says of an adapter that is right, and of each way of being wrong, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, NOTHING_RAN, USAGE
from tests.repro import lab

ADAPTERS = lab.HERE / "adapters"


def test_a_good_adapter_is_found_good(tmp_path: Path) -> None:
    """Control, start, initializer and three faults: nothing is wrong, and what the pool did with the faults is told."""
    done = lab.command("check-adapter", ADAPTERS / "good.py", "--timeout", 60, cwd=tmp_path)
    assert done.returncode == AS_EXPECTED, done.stdout + done.stderr
    assert "good: 6 checks, 0 wrong, 0 open" in done.stdout
    assert "fine   control (submit, fork" in done.stdout
    assert "fine   initializer (submit, fork" in done.stdout
    assert "seen   sigkill (submit, fork" in done.stdout
    assert "SIGKILL; the caller got BrokenProcessPool" in done.stdout


def test_a_bad_adapter_is_found_bad(tmp_path: Path) -> None:
    """What is wrong with it is said in words, each thing; what it does right is not said to be wrong."""
    done = lab.command("check-adapter", ADAPTERS / "bad.py", "--timeout", 60, cwd=tmp_path)
    assert done.returncode == DIFFERS, done.stdout + done.stderr
    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert any("control" in line and "no result and no error for 1 of task(s) [8]" in line for line in wrong)
    assert any("initializer did not run in worker" in line for line in wrong)
    assert "fine   declares: bad" in done.stdout


def test_an_adapter_that_never_calls_back_is_found(tmp_path: Path) -> None:
    """A feature that is declared and not there."""
    file = tmp_path / "silent.py"
    file.write_text(
        "import os\n"
        "from repro.subject import loading\n"
        f"Good = type(loading.pool({str(ADAPTERS / 'good.py')!r}))\n"
        "class Silent(Good):\n"
        "    name = 'silent'\n"
        "    def start(self, pool, function, inputs, notice, callback=None):\n"
        "        return super().start(pool, function, inputs, notice)\n"
        "POOL = Silent()\n"
    )
    done = lab.command("check-adapter", file, "--timeout", 60, cwd=tmp_path)
    assert done.returncode == DIFFERS, done.stdout + done.stderr
    assert "has names callback, and of 8 tasks that were started with one, 0 called it" in done.stdout
    assert "1 wrong" in done.stdout


def test_a_wrong_declaration_starts_nothing(tmp_path: Path) -> None:
    """What is declared wrongly is said, and no process is started for it."""
    file = tmp_path / "declared.py"
    file.write_text("from repro.subject.adapter import Adapter\nPOOL = Adapter()\n")
    done = lab.command("check-adapter", file, cwd=tmp_path)
    assert done.returncode == DIFFERS
    assert "WRONG  declares: open() is missing" in done.stdout
    assert "control" not in done.stdout


@pytest.mark.parametrize(
    ("source", "phrase"),
    [
        ("import a_pool_that_is_nowhere\n", "No module named 'a_pool_that_is_nowhere'; it has to define POOL"),
        ("x = 1\n", "has no attribute 'POOL'"),
        ("def (\n", "SyntaxError"),
    ],
)
def test_a_file_that_does_not_load_is_wrong_usage(tmp_path: Path, source: str, phrase: str) -> None:
    """The error names the file, says why, and what to do."""
    file = tmp_path / "unloadable.py"
    file.write_text(source)
    done = lab.command("check-adapter", file, cwd=tmp_path)
    assert done.returncode == USAGE
    assert f"the adapter in {file} does not load" in done.stderr
    assert phrase in done.stderr
    assert "inside its methods" in done.stderr


@pytest.mark.parametrize(
    ("asked", "phrase"),
    [
        ("nowhere.py", "no adapter at nowhere.py"),
        ("pebbel", "nearest: pebble"),
        ("*", "one adapter is checked at a time"),
    ],
)
def test_an_adapter_that_is_not_there_is_wrong_usage(tmp_path: Path, asked: str, phrase: str) -> None:
    """A name that is none, a file that is none, and a pattern that is many."""
    done = lab.command("check-adapter", asked, cwd=tmp_path)
    assert done.returncode == USAGE
    assert phrase in done.stderr


def test_a_pool_that_is_not_installed_is_left_open(tmp_path: Path) -> None:
    """What could not be run is neither right nor wrong: status 2, and the reason."""
    file = tmp_path / "absent.py"
    file.write_text(
        "from repro.subject import loading\n"
        f"Good = type(loading.pool({str(ADAPTERS / 'good.py')!r}))\n"
        "class Absent(Good):\n"
        "    name = 'absent'\n"
        "    start_methods = ('spawn',)\n"
        "    def open(self, workers, start_method, **options):\n"
        "        from repro.subject.scenario import UnsupportedError\n"
        "        raise UnsupportedError('not on Sundays')\n"
        "POOL = Absent()\n"
    )
    done = lab.command("check-adapter", file, "--timeout", 60, cwd=tmp_path)
    assert done.returncode == INCONCLUSIVE, done.stdout + done.stderr
    assert "open   control (submit, spawn" in done.stdout
    assert "not run: not on Sundays" in done.stdout


@pytest.mark.parametrize("project", ["", "acme-pool"])
def test_a_module_that_is_not_installed_is_one_sentence(tmp_path: Path, project: str) -> None:
    """Not a wrong check for each call: nothing was run, and the status says so."""
    file = tmp_path / "acme.py"
    file.write_text(
        "from repro.subject import loading\n"
        f"Good = type(loading.pool({str(ADAPTERS / 'good.py')!r}))\n"
        "class Acme(Good):\n"
        "    name = 'acme'\n"
        "    requires = 'acme_pool_that_is_nowhere'\n"
        f"    project = {project!r}\n"
        "POOL = Acme()\n"
    )
    done = lab.command("check-adapter", file, cwd=tmp_path)
    assert done.returncode == NOTHING_RAN, done.stdout + done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["fine", "open"]
    assert f"{project or 'acme_pool_that_is_nowhere'} is not installed in {sys.executable}" in done.stdout
    assert ("-m pip install acme-pool" in done.stdout) == bool(project)
    assert done.stderr == "repro: nothing of acme was checked\n"


@pytest.mark.timeout(180)
def test_our_own_adapter_has_nothing_wrong(tmp_path: Path) -> None:
    """Both interfaces of safepool: what only one of them has (an executor's ``with`` waits for its tasks) is asked of that."""
    done = lab.command("check-adapter", "safepool", "--timeout", 60, cwd=tmp_path)
    assert done.returncode == AS_EXPECTED, done.stdout + done.stderr
    assert "fine   terminate (map, fork" in done.stdout
    assert "WRONG" not in done.stdout
