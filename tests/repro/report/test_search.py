"""Where records say something."""

from __future__ import annotations

from typing import Any

import pytest

from repro.report import search
from repro.report.search import Hit

STACKS = (
    "Thread 0x00007f131d24d6c0 (most recent call first):\n"
    '  File "multiprocessing/pool.py", line 576 in _handle_results: task = get()\n\n'
    "Current thread 0x00007f131edbdb80 (most recent call first):\n"
    '  File "multiprocessing/pool.py", line 765 in get: self.wait(timeout)\n'
)


def record(scenario: str = "sigkill", python: str = "3.12.1", **changes: Any) -> dict[str, Any]:
    seen = {"main_pid": 10, "stacks": {"9": "", "10": STACKS}, "native": {}, "stderr": "Exception in thread Thread-3\n"}
    return {
        **{"scenario": scenario, "pool": "multiprocessing.Pool", "python": python, "verdict": "hang"},
        **{"reason": "still in call", "error": None, "explanation": ["the caller waits for the result"]},
        **{"observation": seen, **changes},
    }


@pytest.mark.parametrize(
    ("asked", "hit"),
    [
        ("pool.py:765", Hit("stack of the program", "get (multiprocessing/pool.py:765): self.wait(timeout)")),
        (
            "multiprocessing/pool.py:765",
            Hit("stack of the program", "get (multiprocessing/pool.py:765): self.wait(timeout)"),
        ),
        (
            'pool.py", line 576',
            Hit("stack of the program", "_handle_results (multiprocessing/pool.py:576): task = get()"),
        ),
        ("pool.py:76", None),
        ("ool.py:765", None),
        ("_HANDLE_results", Hit("stack of the program", "_handle_results (multiprocessing/pool.py:576): task = get()")),
        ("caller waits", Hit("explanation", "the caller waits for the result")),
        ("still in", Hit("reason", "still in call")),
        ("thread-3", Hit("stderr", "Exception in thread Thread-3")),
        ("a.c", None),  # no regular expression
    ],
)
def test_a_cell_says_it_or_not(asked: str, hit: Hit | None) -> None:
    """A place by its whole number and name, however written; other texts as they are, in any case."""
    assert search.in_cell(record(), search.pattern(asked)) == hit


def test_the_error_comes_first() -> None:
    """What the caller saw is what he looks for; a cell that was not run says only why."""
    error = {"type": "TypeError", "message": "cannot pickle 'get' object " + "x" * 300}
    hit = search.in_cell(record(error=error), search.pattern("get"))
    assert hit is not None and hit.where == "error"
    assert hit.text.startswith("TypeError: cannot pickle 'get' object xxx") and len(hit.text) < 120
    idle = record(observation=None, reason="no pool of this name", explanation=[])
    assert search.in_cell(idle, search.pattern("get")) is None
    assert search.in_cell(idle, search.pattern("name")) == Hit("reason", "no pool of this name")


def test_what_says_the_same_is_one_row() -> None:
    """Scenarios of the same pool, verdict and line; versions as a range; the most cells first."""
    records = [record(name, python) for name in ("sigkill", "oom") for python in ("3.11.7", "3.12.1")]
    records.append(record("abort", pool="loky", verdict="raised"))
    wanted = search.pattern("pool.py:765")
    hits = [(one, search.in_cell(one, wanted)) for one in records]
    table = search.table([(one, hit) for one, hit in hits if hit], ["3.11.7", "3.12.1"])
    assert table.title == "5 cells of 3 scenarios say so"
    assert [row[:4] + row[-1:] for row in table.rows] == [
        ["sigkill, oom", "Pool", "hang", "3.11.7-3.12.1", "4"],
        ["abort", "loky", "raised", "3.12.1", "1"],
    ]


def test_the_nearest_lines_of_the_file_are_told() -> None:
    """Lines move with the version: who asks for one that is nowhere hears what is near. A text has no such thing."""
    assert search.nearest_lines("pool.py:700", [record()]) == [
        "get (multiprocessing/pool.py:765)",
        "_handle_results (multiprocessing/pool.py:576)",
    ]
    assert search.nearest_lines("other.py:700", [record()]) == search.nearest_lines("text", [record()]) == []
