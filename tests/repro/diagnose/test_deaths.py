"""What speaks for a death that nobody watched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.diagnose import deaths
from repro.diagnose.view import Owner, owners
from repro.tree.memory import Kill, Memory
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


def test_a_kill_is_this_programs_if_number_and_time_fit() -> None:
    """The OOM killer has ended many; the replacement was started when its predecessor was ended."""
    owner = owner_of(900, 900, 60)
    young = deaths.younger(owner)
    assert deaths.kill_fits(Kill(14, "python", 60.4), owner, young)
    assert not deaths.kill_fits(Kill(14, "python", 300.0), owner, young)
    assert not deaths.kill_fits(Kill(12, "python", 60.0), owner, young)  # that one lives
    assert deaths.kill_fits(Kill(14, "python", 300.0), owner, [])
    assert not deaths.kill_fits(Kill(14, "python", 3000.0), owner, [])
    told = deaths.sentences(owner_of(900, 900, 60, memory=Memory(log=[Kill(14, "python", 60.4, 3 << 20)])))
    assert told[0] == "the kernel's log has pid 14 (python) killed for memory 60 s ago, with 3 MiB"


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
