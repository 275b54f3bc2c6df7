"""What each worker does, and who asks."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose import asks, whose
from repro.diagnose.pools import Stage
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, READS, TASK, frame, handlers, pool, process, thread


def test_who_has_the_lock_for_which_others_wait() -> None:
    """The one that is in the queue, stopped or not; of a lock that a dead worker had, nobody."""
    for name in ("idle-stopped_Pool_map_fork_3.11.7", "sigstop_Pool_map_fork_3.11.7"):
        (owner,) = whose.owners(kept.read(name))
        ((lock, holder),) = owner.lock_holders.items()
        assert holder in [one.pid for one in owner.workers if one.role is not None and one.role.stage is Stage.READS]
        assert lock == 1
    (owner,) = whose.owners(kept.read("idle-killed_Pool_map_fork_3.11.7"))
    assert owner.lock_holders == {}


def test_a_thread_of_such_a_pool_may_be_the_one_that_asks() -> None:
    """It is in the program's code, and waits for a Pool."""
    asks_too = thread(*ASKS.frames[:-1], frame("one", "job.py"), frame("worker", "multiprocessing/pool.py"), main=False)
    (owner,) = whose.owners(pool(process(10, 1, ELSEWHERE, asks_too, *handlers()), process(11, 10, READS)))
    assert owner.callers == [asks_too]
    assert owner.in_programs_code == []


def test_a_pool_that_ends_while_it_is_looked_at_says_nothing() -> None:
    """One of its threads is still on a stack, and no more in the kernel. Where no number is known, none is missing."""
    for numbers, idle in (((21, 22, 23), True), ((0, 22, 23), False), ((0, 0, 0), True)):
        threads = [replace(one, number=number) for one, number in zip(handlers(), numbers, strict=True)]
        (owner,) = whose.owners(pool(process(10, 1, ASKS, *threads), process(11, 10, READS)))
        assert owner.idle is idle


def test_an_end_that_moves_is_not_stuck() -> None:
    """The program terminates one pool after the other. Whoever looks for a result again and again, may wait in vain."""
    ends = thread(
        frame("_help_stuff_finish", "multiprocessing/pool.py"),
        frame("terminate", "multiprocessing/pool.py"),
        ELSEWHERE.frames[-1],
    )
    for main, idle in ((ends, False), (ASKS, True)):
        threads = [replace(one, number=21 + number) for number, one in enumerate(handlers())]
        program = process(10, 1, main, *threads)
        (owner,) = whose.owners(replace(pool(program, process(11, 10, READS)), awake=[10]))
        assert owner.idle is idle
        (owner,) = whose.owners(replace(pool(program, process(11, 10, READS)), awake=[12]))
        assert owner.idle


def test_who_asks_and_where() -> None:
    """The program's line, and the function of the pool that it has called."""
    (owner,) = whose.owners(kept.idle_workers())
    assert [asks.called_at(one) for one in owner.callers] == ["map() at job.py:31"]
    assert not owner.ends


def test_what_is_known_of_calls_that_are_not_answered() -> None:
    for cache, told in (
        ("{0: <MapResult at 0x1>}", True),
        ("{...}", True),
        ("{}", False),
        ("", None),
        ("<dict>", None),
    ):
        (owner,) = whose.owners(kept.idle_workers(cache=cache))
        assert owner.outstanding is told


def test_a_task_is_named_with_its_arguments() -> None:
    (owner,) = whose.owners(pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK)))
    assert owner.workers[0].task == "resize(path='photo-3.jpg') at job.py:7"


def test_whether_workers_end_in_good_order() -> None:
    """From 3.8 on Pool's own thread tells, before that the loop of each worker."""
    old = [thread(frame("_handle_workers", "multiprocessing/pool.py"), main=False)]
    for told, limited in (("None", False), ("5", True), ("", None)):
        loop = frame("worker", "multiprocessing/pool.py", **({"maxtasks": told} if told else {}))
        reads = thread(frame("get", "multiprocessing/queues.py"), loop)
        (seen,) = whose.owners(pool(process(10, 1, ASKS, *old), process(11, 10, reads)))
        assert seen.limited is limited
    for told, limited in (("None", False), ("5", True)):
        (seen,) = whose.owners(pool(process(10, 1, ASKS, *handlers(limited=told)), process(11, 10, READS)))
        assert seen.limited is limited
