"""For what a process waits, in words."""

from __future__ import annotations

import pytest

from repro.diagnose import waits
from repro.tree.calls import Call
from tests.repro.diagnose.kept import frame, process, thread


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (Call(1, "S", "read", "", ("tcp 10.0.0.5:5432",), False), "waits to read from tcp 10.0.0.5:5432"),
        (Call(1, "S", "flock", "", ("/a.lock",)), "waits for the lock of the file /a.lock"),
        (Call(1, "S", "wait4", "", ("4711",)), "waits for the end of process 4711"),
        (Call(1, "S", "wait4", "", ("any child",)), "waits for the end of any child"),
        (Call(1, "S", "poll", "", ("a", "b", "c", "d")), "waits for one of a, b, c, ..."),
        (Call(1, "S", "nanosleep"), "sleeps"),
        (Call(1, "S", "select", "", (), True), "sleeps, or waits for descriptors"),
        (Call(1, "S", "futex", "", (), False, True), "waits for a lock, or for another thread"),
        (Call(1, "R", ""), "computes"),
        (Call(1, "S", "system call 999"), ""),
    ],
)
def test_calls_in_words(call: Call, told: str) -> None:
    assert waits.in_words(call) == told


def test_a_process_in_words() -> None:
    """With the function in which it is, where that is known."""
    call = Call(10, "S", "read", "", ("pipe 3",), False)
    main = thread(frame("fetch", "pkg/job.py", 7))
    assert waits.outside(process(10, 1, main, calls=[call])) == "waits to read from pipe 3, in fetch (pkg/job.py:7)"
    assert waits.outside(process(10, 1, calls=[call])) == "waits to read from pipe 3"
    assert waits.outside(process(10, 1, calls=[], state="D")) == "waits for the disk"
    assert waits.outside(process(10, 1, state="T")) == "is stopped"
    assert waits.outside(process(10, 1, state="Z")) == "has ended"
