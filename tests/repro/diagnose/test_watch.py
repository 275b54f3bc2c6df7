"""A program that is followed: what looks come to, without any process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.diagnose import watch
from repro.diagnose.costs import Lost
from repro.diagnose.looks import Asked, Born, Ended, Look, Looked, Ran
from repro.diagnose.reports import Report
from repro.diagnose.snapshot import Absent, Snapshot
from repro.diagnose.watch import Watch
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, frame, handlers, pool, process, thread

EXECUTOR_TASK = thread(frame("work", "job.py", 3, x="5"), frame("_process_worker", "concurrent/futures/process.py"))


def busy(*threads: object, limited: str = "None") -> Snapshot:
    """A Pool with three workers in tasks, 11 to 13; threads: of these, if not."""
    several = threads or (TASK, TASK, TASK)
    workers = [process(11 + number, 10, one) for number, one in enumerate(several)]  # type: ignore[arg-type]
    return pool(
        process(10, 1, ASKS, *handlers(limited=limited)), *workers, moved={one.pid: (10**8, 9) for one in workers}
    )


def executor() -> Snapshot:
    manager = thread(frame("wait_result_broken_or_wakeup", "concurrent/futures/process.py"), main=False)
    workers = [process(11 + number, 10, EXECUTOR_TASK) for number in range(3)]
    return pool(process(10, 1, ELSEWHERE, manager), *workers, moved={one.pid: (10**8, 9) for one in workers})


def followed(first: Snapshot, *looks: tuple[float, Look | None]) -> tuple[Watch, list[Report]]:
    """All that is told after the first look."""
    found = Watch(10)
    found.see(0.0, Looked(first))
    return found, [report for at, look in looks for report in found.see(at, look)]


def events(told: list[Report]) -> list[str]:
    return [one.event for one in told]


def test_a_killed_worker_is_told_at_once_and_its_replacement_when_it_comes() -> None:
    """With the task that it had; that costs something."""
    seen, told = followed(busy(), (2.0, Ended(11, -9)), (2.2, Born(process(14, 10))))
    assert events(told) == ["worker-died", "worker-replaced"]
    assert told[0].fields["task"] == "resize(path='photo-3.jpg') at job.py:7"
    assert (told[0].fields["looked_ago"], told[0].fields["lost"]) == (2.0, "task")
    assert told[1].fields == {"pid": 11, "by": 14, "after": 0.2}
    assert seen.workers == [12, 13, 14]
    assert seen.status == 1


def test_the_replacement_may_be_seen_with_the_whole_first() -> None:
    """It is told once."""
    again = replace(busy(), processes=[*busy().processes[:1], *busy().processes[2:], process(14, 10, READS)])
    _, told = followed(busy(), (2.0, Ended(11, -9)), (3.1, Looked(again)), (3.2, Born(process(14, 10))))
    assert events(told).count("worker-replaced") == 1


def test_what_a_worker_had_in_hand_was_then() -> None:
    """Whether it has run since is said; a later look at it is the newer truth."""
    _, told = followed(busy(), (1.0, Ran(frozenset({11}), 0.5)), (2.0, Ended(11, -9)))
    assert told[0].fields["ran_since"]
    later = process(11, 10, thread(frame("other", "job.py", 9), frame("worker", "multiprocessing/pool.py")))
    _, told = followed(busy(), (1.0, Ran(frozenset({11}), 0.5)), (1.5, Asked(later)), (2.0, Ended(11, -9)))
    assert (told[0].fields["task"], told[0].fields["ran_since"]) == ("other() at job.py:9", False)


def test_an_idle_worker_that_dies_of_itself_has_got_a_task_since() -> None:
    """A signal from outside is another thing: it may have had none, or the lock."""
    for thread_, status, lost in (
        (LOCKED, -9, Lost.NOTHING),
        (READS, -9, Lost.POOL),
        (LOCKED, 3, Lost.UNKNOWN),
        (READS, -11, Lost.UNKNOWN),
    ):
        seen, told = followed(busy(thread_, LOCKED, LOCKED), (1.0, Ended(11, status)))
        assert seen.costs == [lost], told


def test_a_pool_that_ends_has_no_dead() -> None:
    """SIGTERM to all of them, as at the end of a ``with`` block: one report, after a moment; nothing is lost."""
    ends = [(5.0 + pid / 1000, Ended(pid, -15)) for pid in (11, 12, 13)]
    seen, told = followed(busy(), *ends)
    assert told == []
    assert seen.due == pytest.approx(5.511)
    told = seen.see(5.6, None)
    assert events(told) == ["pool-ended"]
    assert told[0].fields["pids"] == [11, 12, 13]
    assert (seen.due, seen.status) == (None, 0)
    told = seen.see(6.0, Born(process(21, 10)))
    assert told == [], "a worker of the next pool takes nobody's place"


def test_a_worker_that_somebody_terminates_is_one() -> None:
    """The others live: it was no end of the pool. Where the program ends meanwhile, nothing waits."""
    _, told = followed(busy(), (5.0, Ended(11, -15)), (5.2, Born(process(14, 10))), (5.6, None))
    assert events(told) == ["worker-died", "worker-replaced"]
    _, told = followed(busy(), (5.0, Ended(11, -15)), (5.1, Ended(10, -9)))
    assert events(told) == ["worker-died", "program-ended"]


@pytest.mark.parametrize(
    ("limited", "replaced", "told"),
    [
        ("None", True, ["worker-died", "worker-replaced"]),
        ("None", False, ["worker-left"]),
        ("5", True, []),
        ("5", False, []),
    ],
)
def test_exit_code_0_is_ordinary_or_not(limited: str, replaced: bool, told: list[str]) -> None:
    """Of a worker of Pool that is replaced, and had no number of tasks to do, it is ``sys.exit(0)`` in a task; of one that had,
    nothing has happened."""
    looks: list[tuple[float, Look | None]] = [(5.0, Ended(11, 0))]
    looks += [(5.1, Born(process(14, 10)))] if replaced else []
    _, found = followed(busy(limited=limited), *looks, (5.6, None))
    assert events(found) == told


def test_an_executor_breaks_with_its_first_death() -> None:
    """It ends the others itself, and those are not told as dead, in whatever order they are seen."""
    seen, told = followed(executor(), (2.0, Ended(12, -15)), (2.0, Ended(11, 3)), (2.0, Ended(13, -15)), (2.6, None))
    assert events(told) == ["worker-died", "pool-ended"]
    assert (told[0].fields["pid"], told[0].fields["lost"]) == (11, "call")
    assert (told[1].fields["pids"], told[1].fields["after"]) == ([12, 13], [11])
    assert seen.status == 1
    _, told = followed(executor(), (2.0, Ended(11, -15)), (2.1, Ended(12, -15)), (2.1, Ended(13, -15)), (2.6, None))
    assert events(told) == ["worker-died", "pool-ended"], (
        "somebody has sent the first SIGTERM: an executor sends none before a death"
    )


def test_loky_kills_the_others() -> None:
    """As an executor ends them: one is dead, and the pool has ended."""
    task = thread(frame("work", "job.py"), frame("_process_worker", "loky/process_executor.py"))
    first = pool(process(10, 1, ELSEWHERE), *(process(pid, 10, task) for pid in (11, 12, 13)))
    _, told = followed(first, *((2.0 + pid / 1000, Ended(pid, -9)) for pid in (11, 12, 13)), (2.6, None))
    assert events(told) == ["worker-died", "pool-ended"]


def test_what_is_no_worker_is_not_told() -> None:
    """A command that the program starts, what a worker starts, the tracker; one on its way into a command is forgotten."""
    tracker = process(30, 10, command="python -c from multiprocessing.resource_tracker import main;main(7)")
    shell = process(31, 10, command="sh -c true", python="")
    grandchild = process(32, 11)
    looks = [Born(tracker), Born(shell), Born(grandchild), Ended(31, 1), Ended(32, -9), Ended(30, -9)]
    seen, told = followed(busy(), *((1.0, look) for look in looks))
    assert events(told) == ["helper-died"]
    seen.see(2.0, Born(process(33, 10)))
    assert 33 in seen.workers
    seen.see(2.1, Asked(process(33, 10, command="sh -c true", python="")))
    assert 33 not in seen.workers
    seen.see(3.0, Asked(process(11, 10, ELSEWHERE)))
    assert 11 in seen.workers, "who was a worker, is one that is about to end"


def test_workers_of_a_fork_server_are_the_programs() -> None:
    server = process(
        20,
        10,
        thread(frame("main", "multiprocessing/forkserver.py")),
        command="python -c from multiprocessing.forkserver import main",
    )
    first = pool(process(10, 1, ASKS, *handlers()), server, process(11, 20, TASK), moved={11: (10**8, 9)})
    born = process(12, 20, command="python -c from multiprocessing.forkserver import main")
    seen, told = followed(first, (1.0, Ended(11, -9)), (1.2, Born(born)), (2.0, Ended(20, -9)))
    assert events(told) == ["worker-died", "worker-replaced", "helper-died"]
    assert seen.workers == [12]


@pytest.mark.parametrize(("age", "storm"), [(0.2, True), (900.0, False)])
def test_what_is_too_much_is_counted(age: float, storm: bool) -> None:
    """So many are told, and of the rest how many there were, when the time is over. Who kills many old workers makes no storm."""
    seen = Watch(10)
    seen.see(0.0, Looked(busy()))
    told = []
    for number in range(40):
        told += seen.see(1.0 + number / 10, Born(process(100 + number, 10, age=age)))
        told += seen.see(1.05 + number / 10, Ended(100 + number, 1))
    assert len(told) == watch.TOLD
    assert seen.due is not None
    last = seen.see(seen.due, None)
    assert events(last) == ["more"]
    assert last[0].fields["died"] + last[0].fields["others"] + watch.TOLD > 40
    assert last[0].fields["storm"] is storm
    assert (seen.due, seen.was_stuck) == (None, storm)


def test_only_another_diagnosis_is_told() -> None:
    """From at work to stuck, once; what is healthy in another way is no news."""
    idle = replace(busy(READS, LOCKED, LOCKED), moved={})
    seen, told = followed(busy(), (10.0, Looked(busy())), (20.0, Looked(idle)), (30.0, Looked(idle)))
    assert [one.fields["diagnosis"] for one in told] == ["lost-task"]
    assert seen.status == 1


def test_when_it_is_to_be_diagnosed_again() -> None:
    """After a death, after it has become quiet, when what is stuck goes on; and now and then. Once each."""
    seen = Watch(10)
    assert seen.wants_diagnosis(0.0)
    seen.see(0.0, Looked(busy()))
    seen.see(1.0, Ran(frozenset({11}), 0.9))
    assert not seen.wants_diagnosis(8.0), "it works"
    seen.see(9.0, Ran(frozenset(), 0.0))
    assert not seen.wants_diagnosis(10.0)
    assert seen.wants_diagnosis(12.5)
    seen.see(12.5, Looked(replace(busy(READS, LOCKED, LOCKED), moved={})))
    assert not seen.wants_diagnosis(20.0)
    seen.see(21.0, Ran(frozenset({11}), 0.9))
    assert seen.wants_diagnosis(24.5), "it was stuck, and goes on"
    seen.see(24.5, Looked(busy()))
    seen.see(25.0, Ended(11, -9))
    assert not seen.wants_diagnosis(25.5)
    assert seen.wants_diagnosis(26.1)
    seen.see(26.2, Looked(busy()))
    assert not seen.wants_diagnosis(30.0)
    assert seen.wants_diagnosis(26.2 + watch.ANYWAY + 1)


def test_who_is_to_be_asked_first() -> None:
    """Who was never seen, then who has run since, the longest ago first; of the others nothing has changed."""
    seen, _ = followed(
        busy(), (1.0, Born(process(14, 10))), (2.0, Asked(process(11, 10, TASK))), (3.0, Ran(frozenset({11, 12}), 0.5))
    )
    assert seen.to_ask() == [14, 12, 11]


def test_a_worker_that_was_not_seen_is_of_the_pool_of_the_others() -> None:
    """Where there are any."""
    first = pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK), process(12, 10), moved={11: (10**8, 9)})
    _, told = followed(first, (1.0, Ended(12, -9)))
    assert (told[0].fields["pool"], told[0].fields["lost"]) == ("multiprocessing.Pool", "unknown")


def test_who_cannot_be_looked_into_is_asked_a_few_times() -> None:
    """And why, is known from the whole."""
    absent = [Absent("Python stacks of 10", "no permission", "run it as root")]
    hidden = pool(process(10, 1), process(11, 10), absent=absent)
    seen, _ = followed(hidden, *((float(number), Asked(process(11, 10))) for number in range(watch.TRIES)))
    assert seen.to_ask() == []
    assert seen.no_stacks == "no permission; run it as root"


def test_what_cannot_be_known_is_status_2() -> None:
    """A death of a worker of which no stack was seen; and how it ended was not either."""
    first = pool(process(10, 1), process(11, 10), process(12, 10))
    seen, told = followed(
        first, (1.0, Ended(11, None, "reaped")), (1.2, Born(process(14, 10))), (1.6, None), (9.0, Ended(10, 0))
    )
    assert events(told) == ["worker-died", "worker-replaced", "program-ended"]
    assert (told[0].fields["why_unknown"], told[0].fields["was"]) == ("reaped", None)
    assert told[-1].fields["left"] == [12, 14]
    assert seen.over
    assert seen.status == 2


def test_every_kept_snapshot_can_be_followed() -> None:
    """Each of its workers dies, and then the program: nothing is in the way."""
    for name in kept.names():
        taken = kept.read(name)
        seen = Watch(taken.pid)
        told = seen.see(0.0, Looked(taken))
        for pid in seen.workers:
            told += seen.see(1.0, Ended(pid, -9))
        told += seen.see(2.0, Ended(taken.pid, -9))
        assert told[-1].event == "program-ended"
