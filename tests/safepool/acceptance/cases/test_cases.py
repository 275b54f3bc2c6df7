"""Every case in every variant on this Python, by its first start method; what does not hold yet is marked.

Marks are strict, but for races: whoever mends one takes its mark out of the table, or the test fails. The runs of one test
session go on at the same time: most of what does not hold waits, and costs nothing. ``runner`` runs them by hand on other
Pythons and by other start methods.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.safepool.acceptance import session
from tests.safepool.acceptance.cases import runner, subject_case, table

AT_ONCE = 6

Started = dict[table.Run, "Future[runner.Result]"]


def parameters() -> Iterator[object]:
    for what in table.runs():
        reason = what.case.reason(what.variant)
        strict = what.variant not in what.case.races
        marks = [pytest.mark.xfail(reason=reason, strict=strict, raises=AssertionError)] if reason else []
        yield pytest.param(what, id=f"{what.case.name}[{what.variant}]", marks=marks)


@pytest.fixture(scope="module")
def started(request: pytest.FixtureRequest) -> Iterator[Started]:
    """A result to come for each run that this session has chosen."""
    full = bool(request.config.getoption("--full", default=False))
    chosen = [
        item.callspec.params["what"]
        for item in request.session.items
        if getattr(item, "originalname", "") == "test_case"
    ]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = {
            what: threads.submit(runner.run, sys.executable, what) for what in chosen if full or not what.case.slow
        }
        yield found
        for future in found.values():
            future.cancel()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", list(parameters()))
def test_case(what: table.Run, started: Started) -> None:
    """What its header says holds: it says so, its exit status is 0, and nothing of it is left."""
    if what not in started:
        pytest.skip("takes a minute: --full")
    result = started[what].result()
    if result.verdict == "skipped":
        pytest.skip(result.why)
    assert result.verdict == "held", f"{result.verdict}: {result.why}\n{result.detail}"


def test_every_program_is_in_the_table() -> None:
    """And every row of the table has its program; each program says in its first line which root it belongs to."""
    assert {case.program for case in table.CASES} == set(table.PROGRAMS.glob("subject_*.py"))
    for case in table.CASES:
        first = case.program.read_text("utf-8").splitlines()[0]
        assert first.startswith('"""Control' if case.root == 0 else '"""Root'), case.name
        assert str(case.root) in first or case.root == 0, case.name
        assert "What must hold" in case.program.read_text("utf-8") or case.root == 0


@pytest.mark.parametrize(
    ("status", "output", "leftovers", "verdict"),
    [
        (0, f"{subject_case.HELD}\n", (), "held"),
        (0, "", (), "failed"),
        (0, f"not quite {subject_case.HELD}\n", (), "failed"),
        (1, f"{subject_case.HELD}\n", (), "failed"),
        (-13, "", (), "failed"),
        (None, f"{subject_case.HELD}\n", (), "hang"),
        (1, "Timeout (0:00:15)!\n", (), "hang"),
        (0, f"{subject_case.HELD}\n", ("process 1",), "leftovers"),
        (0, f"{subject_case.SKIPPED}no numpy\n", (), "skipped"),
    ],
)
def test_the_judge(status: int | None, output: str, leftovers: tuple[str, ...], verdict: str) -> None:
    """Nothing has held by absence."""
    what = next(table.runs())
    assert runner.judge(what, session.Ended(status, output, 0.0, leftovers)).verdict == verdict
