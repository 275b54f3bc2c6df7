"""Workers that come and go, are stopped, or wait for what nobody gives them."""

from __future__ import annotations

import signal
from dataclasses import replace

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import PAGES, Kind
from repro.tree.calls import Call
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, frame, handlers, kind, pool, process, thread


def test_a_stopped_worker_is_not_one_that_is_traced() -> None:
    """Whoever looks at a worker with a debugger knows that it is stopped; a program that is stopped as a whole is not stuck."""
    program = process(10, 1, ASKS, *handlers())
    found = diagnose(pool(program, process(11, 10, TASK, state="T")))
    assert (found.kind, found.finding.pids) == (Kind.STOPPED_WORKER, [11])
    assert "kill -CONT 11" in found.now
    assert "11 is in a task, resize(path='photo-3.jpg') at job.py:7" in found.finding.evidence
    assert kind(pool(program, process(11, 10, TASK, state="t"))) is Kind.OUTSIDE
    assert kind(pool(replace(program, state="T"), process(11, 10, TASK, state="T"))) is Kind.OUTSIDE


def test_a_stopped_worker_beside_a_dead_one() -> None:
    """To continue it helps neither an executor that is broken, nor a Pool that has forgotten a task."""
    for name, seen in (("executor_submit", "already"), ("Pool_map", "a lost task: ask again")):
        found = diagnose(kept.read(f"death-beside-stopped_{name}_fork_3.11.7"))
        assert found.kind is Kind.STOPPED_WORKER
        assert "kill -CONT" in found.now
        assert seen in found.now
        assert "BrokenProcessPool" in found.now or "_map" in name
        assert found.lost != PAGES[found.kind].lost
        assert any("has ended (SIGTERM)" in one or "replaces one that is gone" in one for one in found.finding.evidence)


def test_a_stopped_worker_that_is_asked_to_end() -> None:
    """By whatever pool: it does not go on with its task. Without stacks, too."""
    for threads in ([ASKS, *handlers()], []):
        stopped = process(11, 10, *[TASK] * bool(threads), state="T", pending=[signal.SIGTERM])
        found = diagnose(pool(process(10, 1, *threads), stopped))
        assert found.kind is Kind.STOPPED_WORKER
        assert "lets it end" in found.now
        assert "SIGTERM waits for 11: it ends when it is continued" in found.finding.evidence
        assert found.lost == "what the workers have in their hands."


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


def test_a_storm_in_which_nobody_ends_while_it_is_looked_at() -> None:
    """None of the first workers is left, and all of them import the program: likely. First workers that start are none."""
    begins = thread(frame("<module>", "job.py"), frame("spawn_main", "multiprocessing/spawn.py"))
    threads = [replace(one, number=20 + number) for number, one in enumerate(handlers())]
    calls = [Call(number, "S", started=500) for number in (10, *(one.number for one in threads))]
    program = process(10, 1, ASKS, *threads, calls=calls, reaped=430)
    late = [process(pid, 10, begins, age=0.5, started=started) for pid, started in ((11, 900), (12, 990))]
    found = diagnose(pool(program, *late))
    assert (found.kind, found.finding.certainty) == (Kind.RESPAWN_STORM, "likely")
    assert "none of the first workers is left" in found.finding.evidence[0]
    assert kind(pool(program, late[0], process(12, 10, begins, age=0.5, started=400))) is not Kind.RESPAWN_STORM
    assert kind(pool(replace(program, reaped=0), *late)) is not Kind.RESPAWN_STORM


def test_without_a_worker_the_thread_that_starts_them_counts() -> None:
    """Pool has no worker, and would start one."""
    tasks, results, _ = (one for one in handlers())
    assert kind(pool(process(10, 1, ASKS, *handlers()))) is Kind.NO_WORKER
    found = diagnose(pool(process(10, 1, ASKS, tasks, results)))
    assert found.kind is Kind.THREAD_GONE
    assert "worker handler" in found.finding.evidence[0]


def test_what_others_start_is_no_storm_of_this_pool() -> None:
    """A tree has more than one program: of what comes and goes in it, only what this one has started counts, and its helpers."""
    program = process(10, 1, ASKS, *handlers())
    helper = process(20, 10, thread(frame("main", "multiprocessing/forkserver.py")))
    seen = replace(pool(program, process(99, 10, age=0.1), helper), born=[99], gone=[98])
    for parents, told in (
        ({99: 10, 98: 10}, Kind.RESPAWN_STORM),
        ({99: 20, 98: 20}, Kind.RESPAWN_STORM),
        ({99: 77, 98: 77}, Kind.CANNOT_TELL),
    ):
        assert kind(replace(seen, parents=parents)) is told


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


def test_a_pool_that_is_young_itself_has_no_storm() -> None:
    """A program that makes one pool after the other: its workers come and go, and never get old. The threads tell; where py-spy
    has found one that has ended since, any thread of the program."""
    reaped = {10: 4000}
    for numbers, since, told in (
        ((21, 22, 23), 6000, Kind.RESPAWN_STORM),
        ((21, 22, 23), 89_900, Kind.CANNOT_TELL),
        ((0, 0, 0), 89_900, Kind.CANNOT_TELL),
        ((0, 0, 0), 6000, Kind.RESPAWN_STORM),
    ):
        threads = [replace(one, number=number) for one, number in zip(handlers(), numbers, strict=True)]
        calls = [Call(10, "S", started=1), *(Call(number, "S", started=since) for number in (21, 22, 23))]
        program = process(10, 1, ASKS, *threads, calls=calls, started=1)
        found = diagnose(replace(pool(program), reaping=reaped))
        assert found.kind is told
        assert ("look again" in found.finding.evidence[0]) == (told is Kind.CANNOT_TELL)


def test_a_pool_that_is_being_ended_has_no_storm() -> None:
    """The kernel had fewer threads than were on stacks then; or whoever waits for the end moves."""
    ends = thread(frame("terminate", "multiprocessing/pool.py"), frame("<module>", "job.py"))
    for calls, awake, told in (
        ([], [], Kind.RESPAWN_STORM),
        ([Call(10, "S")], [], Kind.CANNOT_TELL),
        ([], [10], Kind.CANNOT_TELL),
    ):
        seen = pool(process(10, 1, ends, *handlers(), **({"calls": calls} if calls else {})))
        assert kind(replace(seen, reaping={10: 4000}, awake=awake)) is told


def test_one_that_waits_for_a_task_is_none_of_a_storm() -> None:
    """However young: it has come through its beginning. Not where it has ended since."""
    program = process(10, 1, ASKS, *handlers(processes="1"))
    waits = replace(pool(program, process(11, 10, READS, age=0.5)), reaping={10: 4000})
    assert kind(waits) is not Kind.RESPAWN_STORM
    assert kind(replace(waits, gone=[11])) is Kind.RESPAWN_STORM


def test_of_two_pools_each_counts() -> None:
    """The first one idles, and its workers are to stay."""
    first, second = handlers("{}", processes="1"), handlers(limited="1", processes="1")
    busy = process(10, 1, ASKS, *first, *second)
    comes = replace(pool(busy, process(11, 10, READS), process(99, 10, age=0.1)), born=[99], gone=[98])
    assert kind(comes) is Kind.ONLY_SLOW


def test_a_process_in_no_pool_may_wait_for_such_a_lock_too() -> None:
    """The program has started it by multiprocessing, itself or by the fork server: what is to be done is other."""
    begins = frame("run", "multiprocessing/process.py"), frame("_bootstrap", "multiprocessing/process.py")
    in_lock = thread(frame("log", "job.py", 9), *begins)
    call = Call(11, "S", "futex", "", (), False, True)
    server = process(20, 10, thread(frame("main", "multiprocessing/forkserver.py")))
    for others in ([process(11, 10, in_lock, calls=[call])], [server, process(11, 20, in_lock, calls=[call])]):
        found = diagnose(pool(process(10, 1, ELSEWHERE), *others))
        assert (found.kind, found.finding.certainty, found.finding.pids) == (Kind.AFTER_FORK, "certain", [11])
        assert found.now.startswith("`kill 11` ends that process")
    waits = thread(frame("wait", "threading.py"), frame("serve", "job.py", 9), *begins)
    for main, calls in ((waits, [call]), (in_lock, [replace(call, timed=True)])):
        other = pool(process(10, 1, ELSEWHERE), process(11, 10, main, calls=calls))
        assert kind(other) is Kind.NOT_A_POOL


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
