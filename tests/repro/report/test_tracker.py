"""``tracker``: a report that says all, in Markdown that nothing breaks out of."""

from __future__ import annotations

from dataclasses import replace

from repro.report import tracker
from repro.report.pictures.matrix import matrix
from repro.verdicts.judge import Judgement
from tests.repro.report.pictures.made import observation
from tests.repro.report.pictures.test_matrix import H, R, cell

HEADER = {
    "tool": "1",
    "started": "now",
    "timeout": 5,
    "machine": {"system": "Linux", "kernel": "6", "architecture": "x", "cores": 2, "memory_bytes": 2**30},
}


def report(program: str = "print()", why_none: str = "", **changes: object) -> str:
    cells = [cell("3.9.2", R), cell("3.12.1", H)]
    judgement = Judgement(H, "worker 11 died", explanation=("nobody noticed",))
    told = replace(cells[1], judgement=judgement)
    return tracker.render(
        "it dies",
        "A worker dies.",
        program,
        why_none,
        told,
        observation(**changes),
        HEADER,
        "the picture",
        matrix(cells, {}),
    )


def test_it_says_what_a_tracker_wants_to_know() -> None:
    text = report(stacks={"10": 'Thread 0x1\n  File "pool.py", line 765 in wait'})
    assert text.startswith(
        "# Pool: it dies\n\nA worker dies.\n\n## A program that shows it\n\n```python\nprint()\n```\n"
    )
    for words in (
        tracker.EXPECTED,
        "**hang**: worker 11 died.",
        "the picture",
        "- nobody noticed",
        "Tried with 2 releases from CPython 3.9 to 3.12: 3.9 raises; 3.12 hangs.",
        "Machine: Linux 6, x, 2 cores, 1 GiB.",
        'File "pool.py", line 765 in wait',
    ):
        assert words in text


def test_what_there_is_not_has_no_heading() -> None:
    """But of a program that is not there, why."""
    text = report("", "it takes *two*")
    assert "## A program that shows it\n\nThere is none: it takes U+002AtwoU+002A.\n" in text
    assert "<details>" not in text


def test_a_fence_is_longer_than_any_inside() -> None:
    """Else the rest of the record would be markup."""
    assert tracker.fenced("a\n````\nb\x1b[2J") == "`````\na\n````\nb\\x1b[2J\n`````"
    assert tracker.fenced("a") == "```\na\n```"
