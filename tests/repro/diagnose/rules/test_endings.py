"""The end of a pool."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose.kinds import Kind
from repro.tree.calls import Call
from tests.repro.diagnose.kept import TASK, frame, kind, pool, process, thread


def test_the_end_waits_for_one_who_is_deaf() -> None:
    """terminate() has sent SIGTERM, and waits for a worker that ignores it; a worker that just takes its time, is slow."""
    ends = thread(
        frame("poll", "multiprocessing/popen_fork.py"),
        frame("join", "multiprocessing/process.py"),
        frame("_terminate_pool", "multiprocessing/pool.py"),
        frame("<module>", "job.py", 40),
    )
    asleep = process(11, 10, TASK, calls=[Call(11, "S", "nanosleep", "", (), True)])
    assert kind(pool(process(10, 1, ends), replace(asleep, ignored=[15]))) is Kind.END_WAITS
    assert kind(pool(process(10, 1, ends), asleep)) is Kind.OUTSIDE
