"""What speaks for a death that nobody watched."""

from __future__ import annotations

import re
import signal
from dataclasses import replace

import pytest

from repro.diagnose import deaths
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Seen
from repro.diagnose.view import Owner
from repro.diagnose.whose import owners
from repro.tree.calls import Call
from repro.tree.memory import Kill, Memory
from repro.verdicts.stacks import Thread
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, LOCKED, READS, frame, handlers, pool, process, thread


def owner_of(*ages: float, **more: object) -> Owner:
    (owner,) = owners(replace(kept.idle_workers(ages=ages), **more))  # type: ignore[arg-type]
    return owner


@pytest.mark.parametrize(
    ("ages", "young"),
    [
        ((900, 900, 899.9), []),
        ((900, 900, 60), [60]),
        ((900, 60, 30), [60, 30]),
        ((900.0, 899.4, 898.8, 898.2), []),  # a large pool of spawned workers
        ((900,), []),
        ((900, 0.5), [0.5]),
    ],
)
def test_a_replacement_is_younger_than_its_siblings(ages: tuple[float, ...], young: list[float]) -> None:
    assert [one.seen.age for one in deaths.younger(owner_of(*ages))] == young


def test_a_worker_that_the_handler_forked_is_one() -> None:
    """However little younger it is."""
    launch = frame("_launch", "multiprocessing/popen_fork.py")
    forked = thread(*LOCKED.frames, launch, frame("_handle_workers", "multiprocessing/pool.py"))
    first = thread(*READS.frames, launch, frame("Pool", "multiprocessing/context.py"))
    program = process(10, 1, ASKS, *handlers(), reaped=430)
    seen = pool(program, process(11, 10, first), process(12, 10, forked))
    assert [one.pid for one in deaths.younger(owners(seen)[0])] == [12]
    late = pool(program, process(11, 10, first), process(12, 10, first, age=600.0))
    assert deaths.younger(owners(late)[0]) == []


def test_where_no_child_ever_ended_nobody_was_replaced() -> None:
    """A machine that is too busy starts a pool's workers seconds apart."""
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS), process(12, 10, LOCKED, age=600.0))
    assert deaths.younger(owners(seen)[0]) == []


def started(pid: int, since: int, stack: Thread = LOCKED) -> Seen:
    """A worker that was not forked by the program itself. since: in clock ticks."""
    return process(pid, 10, stack, started=since)


def complete(*since: int) -> Seen:
    """A program with Pools, the threads of each begun at some clock tick."""
    numbered, several = [], [Call(10, "S", started=100)]
    for tick in since:
        for one in handlers():
            number = 20 + len(numbered)
            numbered.append(replace(one, number=number))
            several.append(Call(number, "S", started=tick))
    return process(10, 1, ASKS, *numbered, calls=several)


def test_a_worker_that_is_younger_than_the_pools_threads_is_a_replacement() -> None:
    """However little younger: Pool starts its threads when its first workers are all there. Seconds between those say nothing."""
    first = started(11, 500), started(12, 900)
    assert [one.pid for one in deaths.younger(owners(pool(complete(901), *first, started(13, 971)))[0])] == [13]
    assert deaths.younger(owners(pool(complete(901), *first, started(13, 901)))[0]) == []
    reaped = replace(complete(1700), reaped=430)
    assert deaths.younger(owners(pool(reaped, *first, started(13, 1700)))[0]) == []


def test_of_two_pools_the_later_ones_threads_count() -> None:
    """A worker that is older may be a first one of the second pool."""
    several = started(11, 500), started(12, 900), started(13, 990)
    assert [one.pid for one in deaths.younger(owners(pool(complete(501, 901), *several))[0])] == [13]


def test_a_process_of_the_programs_own_replaces_nobody() -> None:
    """It has no pool's loop on its stack."""
    own = started(13, 2000, thread(frame("<module>", "job.py"), frame("_bootstrap", "multiprocessing/process.py")))
    assert deaths.younger(owners(pool(complete(901), started(11, 500), own))[0]) == []


def test_where_the_threads_are_not_known_the_age_tells() -> None:
    """One of the pool's threads has no number."""
    program = complete(901)
    unknown = replace(program, threads=[*program.threads[:-1], replace(program.threads[-1], number=0)], reaped=430)
    young = replace(started(12, 5000), age=60.0)
    assert [one.pid for one in deaths.younger(owners(pool(unknown, started(11, 500), young))[0])] == [12]


#: Scenarios in which no worker dies (their prose: ``dies``); in all others of which a snapshot is kept, one does, or has.
NOBODY_DIES = re.compile(
    "argument-pickling|as-completed|callback|cancel-|exception-unpickling|fork-after|fork-with|generator|idle_|idle-stopped"
    "|list-changed|many-submits|max-tasks_|max-tasks-shutdown|pool-in-fork|result-unpickling|shutdown-nowait-unpicklable|sigstop|slow"
    "|submit-in-del|thread-outlives"
)


@pytest.mark.parametrize("name", kept.names())
def test_nobody_is_said_to_have_died_or_not_without_reason(name: str) -> None:
    """Of programs that really hung: no proof of a death where none was, and no "none has died" where one has."""
    seen = kept.read(name)
    found = diagnose(seen)
    for owner in owners(seen):
        if not NOBODY_DIES.match(name):
            assert deaths.nobody(owner) == ""
        elif found.kind is Kind.LOST_TASK:
            assert deaths.gone(owner) == []
    told = " ".join(found.finding.evidence)
    if found.kind is Kind.LOST_TASK and NOBODY_DIES.match(name):
        assert not re.search("is dead|is gone|replaces|been killed|a child of \\d+ has ended", told)
        assert "neither works nor dies" in told or "none of them has died; the task was lost in another way" in told


def test_none_has_died_where_all_first_workers_are_there() -> None:
    """Whatever other child of the program has ended. Not where one is missing, or may not be a first one, or none is to stay."""
    first = started(11, 500), started(12, 900)
    program = complete(901)
    (owner,) = owners(pool(replace(program, reaped=430, threads=with_processes(program, "2")), *first))
    assert (
        deaths.nobody(owner) == "each of the 2 workers is one of those with which the pool began: none of them has died"
    )
    assert deaths.sentences(owner) == []
    for threads, several in (
        (with_processes(program, "3"), first),
        (with_processes(program, "2"), (first[0], started(12, 902))),
        (with_processes(program, "2"), (first[0], started(12, 0))),
    ):
        (owner,) = owners(pool(replace(program, reaped=430, threads=threads), *several))
        assert deaths.nobody(owner) == ""
    limited = process(10, 1, ASKS, *handlers(limited="1"))
    assert deaths.nobody(owners(pool(limited, *first))[0]) == ""


def with_processes(program: Seen, number: str) -> list[Thread]:
    """The threads of a program whose Pool is to have so many workers."""
    return [
        replace(one, frames=tuple(replace(at, values={**at.values, "processes": number}) for at in one.frames))
        for one in program.threads
    ]


def test_none_has_died_where_no_child_has_ended() -> None:
    """Who ignores SIGCHLD asks no child for its status: that one says nothing."""
    first = process(11, 10, READS), process(12, 10, LOCKED)
    program = process(10, 1, ASKS, *handlers())
    assert "no child of 10, which starts the workers, has ended" in deaths.nobody(owners(pool(program, *first))[0])
    deaf = replace(program, ignored=[signal.SIGCHLD])
    assert deaths.nobody(owners(pool(deaf, *first))[0]) == ""
    assert deaths.nobody(owners(replace(pool(program, *first), reaping={10: 400}))[0]) == ""


def test_a_kill_in_whose_place_a_worker_was_started_is_told() -> None:
    """Where nobody was replaced, it proves nothing, and is told as what it is."""
    log = Memory(log=[Kill(12, "python", 60.4, 3 << 20, "/a")], group="/a", kills=1)
    program = process(10, 1, ASKS, *handlers(), reaped=430, name="python")
    seen = pool(program, process(11, 10, READS), process(13, 10, LOCKED, age=60.0), memory=log)
    (owner,) = owners(seen)
    assert deaths.gone(owner)[0] == "the kernel's log has pid 12 (python) killed for memory 60 s ago, with 3 MiB"
    owner = owner_of(900, 900, 899.9, memory=Memory(log=[Kill(14, "python", 60.4)]))
    assert deaths.gone(owner) == []
    assert deaths.sentences(owner) == [
        "perhaps a worker of this program: the kernel's log has pid 14 (python) killed for memory 60 s ago"
    ]


def test_with_maxtasksperchild_a_replacement_says_nothing() -> None:
    seen = pool(process(10, 1, ASKS, *handlers(limited="5")), process(11, 10, READS), process(12, 10, LOCKED, age=3.0))
    assert deaths.sentences(owners(seen)[0]) == []


def test_a_zombie_and_a_reaped_child() -> None:
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS), process(12, 10, state="Z", exit_status=-9))
    assert "worker 12 has ended (SIGKILL)" in deaths.sentences(owners(seen)[0])[0]
    program = process(10, 1, ASKS, *handlers(), reaped=430)
    assert "a child of 10 has ended" in deaths.sentences(owners(pool(program, process(11, 10, READS)))[0])[0]
    assert deaths.sentences(owners(pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS)))[0]) == []


def test_the_holder_of_a_forked_lock() -> None:
    """An object that is forked keeps its address."""
    lock = "<_thread.lock at 0x7f00>"
    stuck = thread(frame("log", "job.py", 9, lock=lock), frame("worker", "multiprocessing/pool.py"))
    other = thread(frame("write", "log.py", 88, held=lock), main=False, name="logger")
    seen = pool(process(10, 1, ASKS, *handlers(), other), process(11, 10, stuck))
    owner = owners(seen)[0]
    assert deaths.holder(owner, owner.workers[0]) == [
        "thread logger of the program has the same lock in write at log.py:88"
    ]


@pytest.mark.parametrize(
    ("seconds", "told"), [(3.21, "3.2 s"), (61, "61 s"), (840, "14 min"), (7300, "2.0 h"), (400_000, "5 days")]
)
def test_times_are_told_in_units(seconds: float, told: str) -> None:
    assert deaths.ago(seconds) == told
