"""``repro issue``: from a stored run to what a tracker wants to know."""

from __future__ import annotations

import pytest

from repro.errors import USAGE
from tests.repro import lab
from tests.repro.cli.commands import called

RUN = str(lab.ROOT / "reports/reference")
pytestmark = lab.needs_records


def test_the_newest_python_of_the_pool(capsys: pytest.CaptureFixture[str]) -> None:
    """Pool, where none is named; the program, what came, the versions, the stacks."""
    assert called("issue", "sys-exit", "--run", RUN) == 0
    text = capsys.readouterr().out
    assert text.startswith("# multiprocessing.Pool: a task calls sys.exit(1)\n")
    assert "sys.exit(1)\n    return x" in text
    assert "Told is sys-exit, multiprocessing.Pool.map, fork, Python 3.15" in text
    assert "Tried with 9 releases from CPython 3.8 to 3.15: hangs." in text
    assert "in _handle_results" in text


def test_filters_choose_another_cell(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        called("issue", "sigkill", "--run", RUN, "--pool", "safepool", "--python", "3.9", "--start-method", "spawn")
        == 0
    )
    text = capsys.readouterr().out
    assert "Told is sigkill, safepool.submit, spawn, Python 3.9" in text
    assert "WorkerDied" in text


def test_a_scenario_that_the_run_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("issue", "sigkil", "--run", RUN) == USAGE
    assert "sigkill" in capsys.readouterr().err
