"""The rows beside the grid: what else must never hang, lose or double anything. See ``subject_rows_*``.

This interpreter runs all rows with every start method; the others run them with --full only. Rows that take
gigabytes or minutes run with --full.
"""

from __future__ import annotations

import sys

import pytest

from tests.safepool.acceptance import harness, interpreters, runs
from tests.safepool.acceptance.grid import also


@pytest.mark.timeout(600)
@pytest.mark.parametrize("start_method", runs.START_METHODS)
def test_the_rows_hold(start_method: str) -> None:
    """Each row holds with this interpreter; its docstring says what that is."""
    names = [name for name in also.all_rows() if not name.startswith("heavy_")]
    assert len(names) > 50
    text = harness.problems(also.run(sys.executable, start_method, names))
    assert not text, text


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("start_method", runs.START_METHODS)
@pytest.mark.parametrize("minor", interpreters.MINORS)
def test_the_rows_hold_on_every_interpreter(minor: str, start_method: str, full: bool) -> None:
    """All rows, the heavy ones too, hold on every CPython here."""
    if not full:
        pytest.skip("only with --full")
    python = interpreters.interpreter_or_skip(minor)
    light = [name for name in also.all_rows() if not name.startswith("heavy_")]
    heavy = [name for name in also.all_rows() if name.startswith("heavy_")]
    text = harness.problems(also.run(python, start_method, light) + also.run(python, start_method, heavy, parallel=1))
    assert not text, text
