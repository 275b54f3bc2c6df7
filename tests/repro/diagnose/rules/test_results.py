"""Results that nobody is going to give."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Snapshot
from repro.observation import Holding
from repro.tree.calls import Call
from repro.verdicts.stacks import Thread
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, LOCKED, READS, TASK, frame, handlers, kind, pool, process, thread


def test_a_lost_task_needs_somebody_who_waits_and_nobody_who_works() -> None:
    """Pool says itself that a call is not answered, each worker waits for a task, nothing is on its way."""
    found = diagnose(kept.idle_workers())
    assert found.kind is Kind.LOST_TASK
    assert found.finding.certainty == "certain"
    assert any("map() at job.py:31 waits for it" in one for one in found.finding.evidence)


def test_who_wants_to_know_why_is_told_how() -> None:
    """Of a death that is over nobody can say how; a list that was changed is another matter."""
    found = diagnose(kept.idle_workers(ages=(900, 900, 60)))
    assert "`repro diagnose --watch PID`" in found.next
    assert "`sys.exit()`" in found.next
    assert "list-changed" not in found.scenarios
    changed = diagnose(kept.read("list-changed_Pool_map_fork_3.11.7"))
    assert (changed.kind, changed.scenarios) == (Kind.LOST_TASK, ("list-changed",))
    assert "--watch" not in changed.next
    assert "list of arguments" in changed.next


def test_what_all_workers_do_is_known_of_none_that_was_left_out() -> None:
    """Of a tree that is too large, one that was not looked into may be at work, or have the lock."""
    assert kind(replace(kept.idle_workers(), omitted=9)) is Kind.LOST_TASK
    assert kind(replace(kept.idle_workers(), omitted=9, omitted_pythons=1)) is Kind.CANNOT_TELL
    locked = pool(process(10, 1, ASKS, *handlers()), process(11, 10, LOCKED), process(12, 10, LOCKED))
    assert kind(locked) is Kind.POISONED_LOCK
    assert kind(replace(locked, omitted=9, omitted_pythons=1)) is Kind.CANNOT_TELL


def test_where_workers_come_and_go_a_missing_one_may_have_the_task() -> None:
    """It has ended in good order, or is about to start. Where none comes, it is a dead one whose end Pool has not seen."""
    program, idle = process(10, 1, ASKS, *handlers(processes="2")), process(11, 10, READS)
    assert kind(pool(program, idle)) is Kind.LOST_TASK
    for more in ({"born": [12]}, {"gone": [12]}, {"reaping": {10: 400}}):
        assert kind(replace(pool(program, idle), **more)) is not Kind.LOST_TASK  # type: ignore[arg-type]
        whole = replace(pool(program, idle, process(12, 10, LOCKED)), **more)  # type: ignore[arg-type]
        assert (kind(whole) is Kind.LOST_TASK) == ("gone" not in more)


def test_of_two_pools_any_may_wait_for_a_result() -> None:
    """The first one has answered all."""
    program = process(10, 1, ASKS, *handlers("{}"), *handlers())
    assert kind(pool(program, process(11, 10, READS), process(12, 10, READS))) is Kind.LOST_TASK
    both = process(10, 1, ASKS, *handlers("{}"), *handlers("{}"))
    assert kind(pool(both, process(11, 10, READS), process(12, 10, READS))) is Kind.IDLE_POOL


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
