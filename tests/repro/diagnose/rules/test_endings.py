"""The end of a pool."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.tree.calls import Call
from tests.repro.diagnose.kept import READS_CALLS, TASK, frame, kind, pool, process, thread


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


#: An executor's end joins its manager thread.
SHUTS_DOWN = thread(
    frame("join", "threading.py"),
    frame("shutdown", "concurrent/futures/process.py"),
    frame("<module>", "job.py", 14),
)


def test_an_executors_end_may_wait_without_any_task() -> None:
    """Nothing that can be seen counts tasks: that one is lost, is not said."""
    manager = thread(
        frame("wait", "multiprocessing/connection.py"),
        frame("wait_result_broken_or_wakeup", "concurrent/futures/process.py"),
        main=False,
    )
    feeder = thread(frame("wait", "threading.py"), frame("_feed", "multiprocessing/queues.py"), main=False)
    found = diagnose(pool(process(10, 1, SHUTS_DOWN, manager, feeder), process(11, 10, READS_CALLS)))
    assert (found.kind, found.finding.pids) == (Kind.END_WAITS, [11])
    assert "nobody computes" in found.finding.evidence[-1]
    assert "kill -KILL 11" in found.now


def test_a_thread_that_writes_to_nobody_is_ended_with_its_program() -> None:
    """The pool's end waits for that thread, and no worker is left that could be ended."""
    feeder = thread(
        frame("_send", "multiprocessing/connection.py", remaining="4096"),
        frame("_send_bytes", "multiprocessing/connection.py", n="8388745"),
        frame("_feed", "multiprocessing/queues.py"),
        main=False,
    )
    manager = thread(
        frame("join_thread", "multiprocessing/queues.py"),
        frame("terminate_broken", "concurrent/futures/process.py"),
        frame("run", "concurrent/futures/process.py"),
        main=False,
    )
    found = diagnose(pool(process(10, 1, SHUTS_DOWN, manager, feeder)))
    assert (found.kind, found.finding.certainty) == (Kind.END_WAITS, "certain")
    assert "full pipe" in found.finding.evidence[0]
    assert "No worker's end would help" in found.now and "kill -INT 10" in found.now
