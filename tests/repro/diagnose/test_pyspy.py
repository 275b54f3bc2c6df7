"""What py-spy says of a process, as its threads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from repro.diagnose import pyspy
from repro.tree.calls import Call
from tests.repro.diagnose import kept

#: As the kernel has them: by number, which says nothing of their age.
SEVERAL = [Call(10, "S", started=100), Call(11, "S", started=300), Call(12, "S", started=200)]


def told(*numbers: int | None) -> list[dict[str, Any]]:
    return [{"os_thread_id": number, "frames": []} for number in numbers]


def test_threads_have_the_numbers_that_py_spy_tells() -> None:
    """One that the kernel does not have is none of them."""
    assert pyspy.numbers_of(told(12, 99, 10), SEVERAL) == [12, 0, 10]


def test_where_it_tells_none_their_order_does() -> None:
    """The youngest first; but not where the process has threads that Python does not know. A container has other numbers."""
    assert pyspy.numbers_of(told(None, None, None), SEVERAL) == [11, 12, 10]
    assert pyspy.numbers_of(told(3, 2, 1), SEVERAL) == [11, 12, 10]
    assert pyspy.numbers_of(told(None, None), SEVERAL) == [0, 0]


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    """Threads, frames and values; the lines of the program's own files stand beside its frames."""
    (tmp_path / "job.py").write_text("first\n  second\n")
    frames = [{"name": f"f{number}", "filename": "queue.py", "line": 1} for number in range(100)]
    frames[0] = {
        "name": "Job.f",
        "filename": str(tmp_path / "job.py"),
        "line": 2,
        "locals": [{"name": "x", "repr": "1" * 999}],
    }
    mine = os.getpid()  # files are read as the process sees them
    record = [{"os_thread_id": mine, "thread_name": "MainThread", "frames": frames}]
    seen = pyspy.with_stack(kept.process(mine, 1, python="", calls=[Call(mine, "S")]), record * 100)
    assert len(seen.threads) == pyspy.THREADS
    inner, outer = seen.threads[0].frames[0], seen.threads[0].frames[-1]
    assert (inner.function, outer.function) == ("f", "f99")
    assert len(seen.threads[0].frames) == pyspy.INNER + pyspy.OUTER
    assert len(inner.values["x"]) == pyspy.VALUE
    assert (inner.source, outer.source) == ("second", "")
    assert (seen.threads[0].main, seen.threads[0].number, seen.python) == (True, mine, "?")


def test_why_there_is_no_stack_is_kept() -> None:
    seen = kept.process(10, 1)
    assert pyspy.with_stack(seen, "no permission").no_stack == "no permission"
    assert pyspy.with_stack(seen, None) is seen
