"""Each rule, of snapshots made by hand: what it takes to be said, and what is enough to leave it unsaid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.diagnose import rules
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Lock, Snapshot
from repro.diagnose.view import owners
from repro.observation import Holding, Window
from repro.tree.calls import Call
from repro.tree.memory import Memory
from repro.verdicts.stacks import Thread
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, frame, handlers, pool, process, thread


def kind(seen: Snapshot) -> Kind:
    return diagnose(seen).kind


def test_a_lost_task_needs_somebody_who_waits_and_nobody_who_works() -> None:
    """Pool says itself that a call is not answered, each worker waits for a task, nothing is on its way."""
    found = diagnose(kept.idle_workers())
    assert found.kind is Kind.LOST_TASK
    assert found.finding.certainty == "certain"
    assert any("map() at job.py:31 waits for it" in one for one in found.finding.evidence)


def test_what_all_workers_do_is_known_of_none_that_was_left_out() -> None:
    """Of a tree that is too large, one that was not looked into may be at work, or have the lock."""
    assert kind(replace(kept.idle_workers(), omitted=9)) is Kind.LOST_TASK
    assert kind(replace(kept.idle_workers(), omitted=9, omitted_pythons=1)) is Kind.CANNOT_TELL
    locked = pool(process(10, 1, ASKS, *handlers()), process(11, 10, LOCKED), process(12, 10, LOCKED))
    assert kind(locked) is Kind.POISONED_LOCK
    assert kind(replace(locked, omitted=9, omitted_pythons=1)) is Kind.CANNOT_TELL


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cache": "{}"}, Kind.IDLE_POOL),
        ({"cache": "{}", "asks": ELSEWHERE}, Kind.IDLE_POOL),
        ({"cache": "", "asks": ELSEWHERE}, Kind.IDLE_POOL),
    ],
)
def test_an_idle_pool_has_lost_nothing(change: dict[str, object], told: Kind) -> None:
    """All calls are answered, or nobody asks."""
    assert kind(kept.idle_workers(**change)) is told  # type: ignore[arg-type]


def test_what_is_on_its_way_is_not_lost() -> None:
    """A message lies in the pipe that leads to the workers; a worker ran between the looks."""
    seen = kept.idle_workers()
    holdings = [Holding(10, 1, "S", [], [3]), *(Holding(pid, 10, "S", [3], []) for pid in (11, 12, 13))]
    assert kind(replace(seen, holdings=holdings, pipes={3: 0})) is Kind.LOST_TASK
    assert kind(replace(seen, holdings=holdings, pipes={3: 117})) is Kind.CANNOT_TELL
    assert kind(replace(seen, moved={**seen.moved, 12: (0, 1)})) is Kind.CANNOT_TELL


def test_a_worker_at_work_beside_a_replaced_one() -> None:
    """The map waits for the worker that sleeps, and for the task that is gone: likely, until all are idle."""
    program = process(10, 1, ASKS, *handlers(), reaped=430)
    young = process(13, 10, LOCKED, age=100.0)
    asleep = process(12, 10, TASK, calls=[Call(12, "S", "nanosleep", "", (), True)])
    found = diagnose(pool(program, process(11, 10, READS), asleep, young))
    assert (found.kind, found.finding.certainty) == (Kind.LOST_TASK, "likely")
    assert kind(pool(program, process(11, 10, READS), asleep)) is Kind.OUTSIDE
    limited = process(10, 1, ASKS, *handlers(limited="5"), reaped=430)
    assert kind(pool(limited, process(11, 10, READS), asleep, young)) is Kind.OUTSIDE
    nobody_died = process(10, 1, ASKS, *handlers())
    assert kind(pool(nobody_died, process(11, 10, READS), asleep, young)) is Kind.OUTSIDE


def test_a_lock_of_the_dead() -> None:
    """Every worker waits for the lock of the queue, and its value says that it is taken; free, somebody will have it soon."""
    program = process(10, 1, ASKS, *handlers())
    seen = pool(program, process(11, 10, LOCKED), process(12, 10, LOCKED))
    seen = replace(seen, holdings=kept.waits_for_lock(seen, 4))
    assert kind(replace(seen, locks=[Lock(4, 0, 2)])) is Kind.POISONED_LOCK
    assert kind(replace(seen, locks=[Lock(4, 1, 2)])) is not Kind.POISONED_LOCK
    beside = pool(program, process(11, 10, LOCKED), process(12, 10, READS))
    assert kind(beside) is Kind.LOST_TASK


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


def test_a_stopped_worker_is_not_one_that_is_traced() -> None:
    """Whoever looks at a worker with a debugger knows that it is stopped; a program that is stopped as a whole is not stuck."""
    program = process(10, 1, ASKS, *handlers())
    found = diagnose(pool(program, process(11, 10, TASK, state="T")))
    assert (found.kind, found.finding.pids) == (Kind.STOPPED_WORKER, [11])
    assert "kill -CONT 11" in found.now
    assert "11 is in a task, resize(path='photo-3.jpg') at job.py:7" in found.finding.evidence
    assert kind(pool(program, process(11, 10, TASK, state="t"))) is Kind.OUTSIDE
    assert kind(pool(replace(program, state="T"), process(11, 10, TASK, state="T"))) is Kind.OUTSIDE


def test_a_storm_needs_comings_and_goings() -> None:
    """Workers that are young, and were started and ended between two looks; with maxtasksperchild that is how it is to be."""
    program = process(10, 1, ASKS, *handlers())
    seen = replace(pool(program, process(99, 10, age=0.1)), born=[99], gone=[98])
    assert kind(seen) is Kind.RESPAWN_STORM
    assert kind(replace(pool(program), reaping={10: 4000})) is Kind.RESPAWN_STORM
    other = process(10, 1, thread(frame("run", "safepool/engine/loop.py"), main=False), ELSEWHERE)
    assert kind(replace(pool(other), reaping={10: 4000})) is not Kind.RESPAWN_STORM
    limited = process(10, 1, ASKS, *handlers(limited="1"))
    assert kind(replace(seen, processes=[limited, *seen.processes[1:]])) is Kind.ONLY_SLOW


def test_a_storm_beside_workers_that_have_been_there_for_long() -> None:
    """One of three is never there for long, while children of the fork server end: likely. With all three it is none."""
    program = process(10, 1, ASKS, *handlers(processes="3"))
    others = [process(11, 10, TASK), process(12, 10, READS)]
    found = diagnose(replace(pool(program, *others), reaping={10: 4000}))
    assert (found.kind, found.finding.certainty) == (Kind.RESPAWN_STORM, "likely")
    assert "2 of 3 workers are older than 3 s" in found.finding.evidence[0]
    starts = replace(pool(program, *others, process(13, 10, age=0.1)), reaping={10: 4000})
    assert kind(starts) is Kind.RESPAWN_STORM
    at_work = replace(pool(program, *others, process(13, 10, TASK, age=0.1)), reaping={10: 4000})
    assert kind(at_work) is not Kind.RESPAWN_STORM
    whole = replace(pool(program, *others, process(13, 10, LOCKED)), reaping={10: 4000})
    assert kind(whole) is not Kind.RESPAWN_STORM


def test_a_lock_that_was_forked() -> None:
    """One thread, a lock that no other process can release, no limit."""
    program = process(10, 1, ASKS, *handlers())
    in_lock = thread(frame("log", "job.py", 9), frame("worker", "multiprocessing/pool.py"))
    call = Call(11, "S", "futex", "", (), False, True)
    assert kind(pool(program, process(11, 10, in_lock, calls=[call]))) is Kind.AFTER_FORK
    for other in (replace(call, timed=True), replace(call, private=False)):
        assert kind(pool(program, process(11, 10, in_lock, calls=[other]))) is Kind.OUTSIDE
    two = [call, replace(call, number=12)]
    assert kind(pool(program, process(11, 10, in_lock, calls=two))) is Kind.OUTSIDE


def test_a_callback_that_waits_for_its_pool() -> None:
    """The thread that receives every result is in a callback that waits for one."""
    waits = thread(
        frame("wait", "threading.py"),
        frame("get", "multiprocessing/pool.py"),
        frame("done", "job.py", 20),
        frame("_set", "multiprocessing/pool.py"),
        frame("_handle_results", "multiprocessing/pool.py"),
        main=False,
    )
    seen = pool(process(10, 1, ASKS, waits, *handlers()[1:]), process(11, 10, READS))
    assert kind(seen) is Kind.OWN_TASK
    slow = thread(*waits.frames[2:], main=False)
    assert kind(pool(process(10, 1, ASKS, slow, *handlers()[1:]), process(11, 10, READS))) is Kind.OUTSIDE


def test_a_handler_that_is_gone() -> None:
    """Somebody waits for a result, and the thread that would receive it is not there."""
    assert kind(pool(process(10, 1, ASKS, *handlers()[1:]), process(11, 10, READS))) is Kind.THREAD_GONE
    assert kind(pool(process(10, 1, ASKS))) is Kind.THREAD_GONE


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
    idle = thread(
        frame("_recv", "multiprocessing/connection.py"),
        frame("get", "multiprocessing/queues.py"),
        frame("_process_worker", "concurrent/futures/process.py"),
    )
    dead = process(12, 10, state="Z", exit_status=-9)
    keeper = process(13, 1, outsider=True)
    holdings = [Holding(10, 1, "S", [5], []), Holding(13, 1, "S", [], [5])]
    feeder = thread(frame("_feed", "multiprocessing/queues.py"), main=False, name="QueueFeederThread")
    seen = pool(process(10, 1, asks, manager, feeder), process(11, 10, idle), dead, keeper)
    found = diagnose(replace(seen, holdings=holdings))
    assert (found.kind, found.finding.pids) == (Kind.GRANDCHILD, [13])
    unseen = diagnose(replace(seen, holdings=holdings[:1])).finding
    assert (unseen.kind, unseen.certainty) == (Kind.GRANDCHILD, "likely")
    alive = replace(seen, processes=[one for one in seen.processes if one is not dead], holdings=holdings[:1])
    assert kind(alive) is not Kind.GRANDCHILD


def test_who_computes_is_only_slow() -> None:
    """A worker that used most of a core between the looks."""
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK), moved={10: (0, 0), 11: (390_000_000, 4)})
    found = diagnose(replace(seen, window=Window(0.4, 2, 390.0, 4, 2, 0)))
    assert (found.kind, found.status) == (Kind.ONLY_SLOW, 0)
    assert "worker 11 uses 98% of a core in resize(path='photo-3.jpg') at job.py:7" in found.finding.evidence[0]


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


def test_who_swaps_is_slow_and_who_waits_for_memory_does_not_move() -> None:
    """A program whose pages come and go is scheduled each time that one has come."""
    waits = pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK, state="D"))
    full = replace(waits, memory=Memory(limit=64 << 20, used=64 << 20))
    found = diagnose(full)
    assert found.kind is Kind.OUT_OF_MEMORY
    assert "64 of 64 MiB" in found.finding.evidence[0]
    assert kind(replace(full, moved={10: (0, 0), 11: (1_000_000, 3)})) is Kind.ONLY_SLOW
    assert kind(replace(waits, memory=Memory(limit=64 << 20, used=32 << 20))) is Kind.ONLY_SLOW


def test_every_rule_is_asked_of_every_owner() -> None:
    """A rule that is not in the list is no rule."""
    functions = {
        function
        for name, function in vars(rules).items()
        if not name.startswith("_") and getattr(function, "__module__", "") == rules.__name__ and callable(function)
    }
    assert functions - {rules.Finding, rules.terminating} == set(rules.RULES)
    assert owners(kept.idle_workers())


BILLIARD = "/lib/python3.12/site-packages/billiard/pool.py"


def billiard(*service: Thread) -> Snapshot:
    """A pool of billiard's, all of whose workers wait for a task while somebody waits for a result."""
    asks = thread(frame("wait", BILLIARD), frame("get", BILLIARD), frame("<module>", "job.py", 31))
    supervisor = thread(frame("body", BILLIARD), frame("run", BILLIARD), main=False)
    loop = frame("receive", BILLIARD), frame("workloop", BILLIARD)
    workers = [process(11, 10, thread(*loop)), process(12, 10, thread(frame("__enter__", "x.py"), *loop))]
    return pool(process(10, 1, asks, supervisor, *service, reaped=430), *workers)


def test_a_pool_that_notices_a_death_has_lost_nothing_yet() -> None:
    """It may be about to: that can't be told; and what is to be done is to look again."""
    found = diagnose(billiard())
    assert found.kind is Kind.CANNOT_TELL
    assert "look again" in found.finding.evidence[1]


def test_an_iterable_that_is_slow_is_the_programs() -> None:
    """In a thread of the pool, of whatever kind."""
    generator = thread(frame("gen", "job.py", 14), frame("body", BILLIARD), main=False, name="Thread-2")
    found = diagnose(billiard(generator))
    assert found.kind is Kind.OUTSIDE
    assert found.finding.evidence == [
        "Thread-2, a thread of the pool, is in code of the program's, in gen (job.py:14), and does nothing else until that "
        "returns"
    ]
