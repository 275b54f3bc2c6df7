"""Causes gathered over many cells: one row for what is the same, and nothing merged that is not."""

from __future__ import annotations

import pytest

from repro.report import causes
from repro.report.tables import Table
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, cell

HALF = "the result handler waits in Connection.recv for the remaining {} of {} bytes of a message whose sender is dead"


def rows(table: Table | None) -> list[list[str]]:
    assert table is not None
    return table.rows


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        (["no number"], "no number"),
        (["3 workers"] * 2, "3 workers"),
        (["(pool.py:665)", "(pool.py:662)", "(pool.py:664)"], "(pool.py:662-665)"),
        ([HALF.format("9,000", "10,000"), HALF.format("700", "10,000")], HALF.format("700-9,000", "10,000")),
    ],
)
def test_sentences_that_differ_in_numbers_are_one(sentences: list[str], text: str) -> None:
    """A number on which all agree stays; others become a range, by their value."""
    assert causes.in_common(sentences) == text


def test_a_row_for_each_cause() -> None:
    """Other numbers or other processes are no other cause; other words, or another pool, are. What is seen most comes first."""
    cells = [
        cell(Verdict.HANG, "oom", explanation=("process 17 has left its task", "second")),
        cell(Verdict.HANG, explanation=("process 99 has left its task",)),
        cell(Verdict.HANG, explanation=("3 workers wait for the lock",)),
        cell(Verdict.HANG, pool=EXECUTOR, explanation=("process 17 has left its task",)),
        cell(Verdict.RAISED),
    ]
    assert rows(causes.explanations(cells)) == [
        ["Pool", "A process has left its task.", "`oom`, `sigkill`", "2"],
        ["Pool", "3 workers wait for the lock.", "`sigkill`", "1"],
        ["ProcessPoolExecutor", "A process has left its task.", "`sigkill`", "1"],
    ]
    assert causes.explanations([cell(Verdict.RAISED)]) is None


def test_a_source_line_may_hold_anything() -> None:
    """A sentence quotes the user's code: what stands for numbers in the comparison can't stand there."""
    cells = [
        cell(Verdict.HANG, explanation=(said,)) for said in ("in f: f(5)  # 3", "in f: f(5)  # #", "in f: f(6)  # 3")
    ]
    assert [(text, count) for _, text, _, count in rows(causes.explanations(cells))] == [
        ("In f: f(5-6)  # 3.", "2"),
        ("In f: f(5)  # #.", "1"),
    ]


def test_an_exit_code_is_no_number_like_others() -> None:
    """Workers that ended with other exit codes ended of something else."""
    cells = [cell(Verdict.HANG, explanation=(f"8 workers ended with exit code {code}",)) for code in (1, 12)]
    assert [text for _, text, *_ in rows(causes.explanations(cells))] == [
        "8 workers ended with exit code 1.",
        "8 workers ended with exit code 12.",
    ]


def test_where_hangs_wait() -> None:
    """Lines move between versions, and so does the library's folder: the place stays. Who spins waits nowhere."""
    cells = [
        cell(Verdict.HANG, waits=("get (python3.11/queue.py:171)", "other (x.py:1)")),
        cell(Verdict.HANG, waits=("get (python3.14t/queue.py:202)",)),
        cell(Verdict.HANG, waits=("wait (multiprocessing/pool.py:765)",)),
        cell(Verdict.LIVELOCK, waits=("register (selectors.py:5)",)),
        cell(Verdict.HANG),
    ]
    assert rows(causes.waits(cells)) == [
        ["Pool", "`get (queue.py)`", "2"],
        ["Pool", "`wait (multiprocessing/pool.py)`", "1"],
    ]
    assert causes.waits(cells[-2:]) is None
