"""What a dead worker leaves behind."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Lock
from repro.observation import Holding, Wait
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import (
    ASKS,
    ELSEWHERE,
    LOCKED,
    READS,
    READS_CALLS,
    frame,
    handlers,
    kind,
    pool,
    process,
    thread,
)


def test_a_lock_of_the_dead() -> None:
    """Every worker waits for the lock of the queue, and its value says that it is taken; free, somebody will have it soon."""
    program = process(10, 1, ASKS, *handlers())
    seen = pool(program, process(11, 10, LOCKED), process(12, 10, LOCKED))
    seen = replace(seen, holdings=kept.waits_for_lock(seen, 4))
    assert kind(replace(seen, locks=[Lock(4, 0, 2)])) is Kind.POISONED_LOCK
    assert kind(replace(seen, locks=[Lock(4, 1, 2)])) is not Kind.POISONED_LOCK
    beside = pool(program, process(11, 10, LOCKED), process(12, 10, READS))
    assert kind(beside) is Kind.LOST_TASK


def test_of_two_pools_one_may_have_lost_its_lock() -> None:
    """The other one idles: its reader does not share that lock. Who shares it may be the one that has it."""
    program = process(10, 1, ASKS, *handlers(), *handlers("{}"))
    seen = pool(program, *(process(pid, 10, LOCKED) for pid in (11, 12, 22)), process(21, 10, READS))
    holdings = [
        Holding(pid, 10, "S", [], [], [], [Wait(pid, "semaphore", None, f"semaphore {number}")])
        for pid, number in ((11, 4), (12, 4), (22, 5))
    ]
    for pids, told in (([11, 12], Kind.POISONED_LOCK), ([11, 12, 21], Kind.LOST_TASK)):
        found = diagnose(replace(seen, holdings=holdings, locks=[Lock(4, 0, 2, pids), Lock(5, 0, 1, [21, 22])]))
        assert found.kind is told
    found = diagnose(replace(seen, holdings=holdings, locks=[Lock(4, 0, 2, [11, 12]), Lock(5, 0, 1, [21, 22])]))
    assert found.finding.pids == [11, 12]
    assert "2 workers wait for the lock of the task queue" in found.finding.evidence[0]


def test_half_a_message_and_one_that_is_still_coming() -> None:
    """The result handler has the length of a message and waits for the rest; while a worker sends, that is no fault."""
    half = thread(
        frame("_recv", "multiprocessing/connection.py", size="1000", remaining="400"),
        frame("_recv_bytes", "multiprocessing/connection.py", source="return self._recv(size)", size="1000"),
        frame("_handle_results", "multiprocessing/pool.py"),
        main=False,
    )
    sends = thread(
        frame("_send", "multiprocessing/connection.py"),
        frame("put", "multiprocessing/queues.py"),
        frame("worker", "multiprocessing/pool.py"),
    )
    program = process(10, 1, ASKS, half, *handlers()[1:])
    found = diagnose(pool(program, process(11, 10, READS)))
    assert found.kind is Kind.HALF_MESSAGE
    assert "remaining 400 of 1,000 bytes" in found.finding.evidence[0]
    assert kind(pool(program, process(11, 10, sends))) is not Kind.HALF_MESSAGE
    client = thread(*half.frames[:2], frame("fetch", "job.py"), main=False)
    assert kind(pool(process(10, 1, ELSEWHERE, client, *handlers("{}")), process(11, 10, READS))) is Kind.IDLE_POOL


def test_a_grandchild_that_keeps_a_pipe() -> None:
    """The manager of an executor polls a pipe that a process holds which is no worker; a worker is dead, and not noticed."""
    manager = thread(
        frame("wait", "multiprocessing/connection.py"),
        frame("wait_result_broken_or_wakeup", "concurrent/futures/process.py"),
        frame("run", "concurrent/futures/process.py"),
        main=False,
    )
    asks = thread(
        frame("wait", "threading.py"), frame("result", "concurrent/futures/_base.py"), frame("main", "job.py", 3)
    )
    dead = process(12, 10, state="Z", exit_status=-9)
    keeper = process(13, 1, outsider=True)
    holdings = [Holding(10, 1, "S", [5], []), Holding(13, 1, "S", [], [5])]
    feeder = thread(frame("_feed", "multiprocessing/queues.py"), main=False, name="QueueFeederThread")
    seen = pool(process(10, 1, asks, manager, feeder), process(11, 10, READS_CALLS), dead, keeper)
    found = diagnose(replace(seen, holdings=holdings))
    assert (found.kind, found.finding.pids) == (Kind.GRANDCHILD, [13])
    unseen = diagnose(replace(seen, holdings=holdings[:1])).finding
    assert (unseen.kind, unseen.certainty) == (Kind.GRANDCHILD, "likely")
    alive = replace(seen, processes=[one for one in seen.processes if one is not dead], holdings=holdings[:1])
    assert kind(alive) is not Kind.GRANDCHILD
