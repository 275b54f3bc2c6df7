"""Who owns a pool, who works in it, who asks it."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose import asks, view
from repro.diagnose.pools import Stage
from repro.observation import Holding, Wait
from repro.verdicts.stacks import Thread
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, frame, handlers, pool, process, thread


def test_who_has_the_lock_for_which_others_wait() -> None:
    """The one that is in the queue, stopped or not; of a lock that a dead worker had, nobody."""
    for name in ("idle-stopped_Pool_map_fork_3.11.7", "sigstop_Pool_map_fork_3.11.7"):
        (owner,) = view.owners(kept.read(name))
        ((lock, holder),) = owner.lock_holders.items()
        assert holder in [one.pid for one in owner.workers if one.role is not None and one.role.stage is Stage.READS]
        assert lock == 1
    (owner,) = view.owners(kept.read("idle-killed_Pool_map_fork_3.11.7"))
    assert owner.lock_holders == {}


def test_workers_belong_to_whoever_started_them() -> None:
    """Under a fork server, to that one's parent; what a worker has forked is none."""
    program = process(10, 1, ASKS, *handlers())
    server = process(20, 10, thread(frame("main", "multiprocessing/forkserver.py")))
    seen = pool(program, server, process(21, 20, READS), process(22, 21, TASK), process(23, 10, ELSEWHERE))
    (owner,) = view.owners(seen)
    assert [one.pid for one in owner.workers] == [21]
    assert owner.helpers == {20: "the fork server"}
    assert [one.pid for one in owner.strangers] == [22, 23]


def test_workers_of_a_fork_server_without_stacks_are_workers() -> None:
    """They have the server's command."""
    command = "python -c from multiprocessing.forkserver import main; main(5, 6)"
    server = process(20, 10, command=command)
    (owner,) = view.owners(pool(process(10, 1), server, process(21, 20, command=command)))
    assert ([one.pid for one in owner.workers], owner.helpers) == ([21], {20: "the fork server"})


def test_a_worker_with_a_pool_of_its_own_is_an_owner() -> None:
    outer = process(10, 1, ASKS, *handlers())
    inner = process(11, 10, TASK, *handlers())
    found = view.owners(pool(outer, inner, process(12, 11, READS)))
    assert [(one.pid, [worker.pid for worker in one.workers]) for one in found] == [(10, [11]), (11, [12])]


def test_a_process_of_the_programs_own_is_no_worker() -> None:
    """A manager, or one with a function or a ``run`` of the program's: beside them, idle workers were not all. One that has not
    come so far, or has left its function, may be a worker."""
    begins = frame("_bootstrap", "multiprocessing/process.py")
    run = frame("run", "multiprocessing/process.py")
    manager = thread(frame("serve_forever", "multiprocessing/managers.py"), run, begins)
    for main, starts in (
        (manager, False),
        (thread(frame("listens", "job.py"), run, begins), False),
        (thread(frame("run", "job.py"), begins), False),
        (thread(*manager.frames, frame("_launch", "multiprocessing/popen_fork.py"), *ASKS.frames), False),
        (thread(run, begins), True),
        (thread(begins), True),
        (thread(frame("_run_after_forkers", "multiprocessing/util.py"), begins), True),
        (thread(frame("_shutdown", "threading.py"), begins), True),
        (thread(frame("<module>", "job.py"), frame("spawn_main", "multiprocessing/spawn.py")), True),
        (ELSEWHERE, False),
    ):
        assert view.starts(main) is starts
        seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS), process(12, 10, main))
        owner = next(one for one in view.owners(seen) if one.pid == 10)
        assert [one.pid for one in owner.workers] == ([11, 12] if starts else [11])
        assert owner.idle is not starts


def test_a_process_that_leaves_is_a_worker_only_where_there_may_be_a_pool() -> None:
    """It has no function on its stack any more. Of a program whose stack is not seen, it may be one."""
    left = frame("_finalize_join", "multiprocessing/queues.py"), frame("_exit_function", "multiprocessing/util.py")
    leaves = process(11, 10, thread(*left, frame("_bootstrap", "multiprocessing/process.py")))
    assert view.owners(pool(process(10, 1, ELSEWHERE), leaves)) == []
    for program in (process(10, 1, ELSEWHERE, *handlers()), process(10, 1, ASKS), process(10, 1)):
        (owner,) = view.owners(pool(program, leaves))
        assert [one.stage for one in owner.workers] == [Stage.LEAVES]


def handlers_of_threads() -> list[Thread]:
    """The service threads of a ThreadPool; of the first one no frame tells."""
    threads = [
        frame(name, "multiprocessing/pool.py", outqueue="<_queue.SimpleQueue at 0x1>", cache="{0: 1}")
        for name in SERVICE
    ]
    return [thread(one, main=False) for one in threads]


SERVICE = ("_handle_results", "_handle_tasks", "_handle_workers")


def test_a_pool_of_threads_has_no_workers_to_miss() -> None:
    """A program that has no other pool is no owner, though somebody waits for results; beside a Pool, only that one's count."""
    at_work = thread(frame("nap", "job.py"), frame("worker", "multiprocessing/pool.py"), main=False)
    future = thread(frame("result", "concurrent/futures/_base.py"), frame("<module>", "job.py"))
    napping = thread(frame("nap", "job.py"), frame("_worker", "concurrent/futures/thread.py"), main=False)
    assert view.owners(pool(process(10, 1, ASKS, at_work, *handlers_of_threads()))) == []
    assert view.owners(pool(process(10, 1, future, napping))) == []
    assert view.owners(pool(process(10, 1, future))) != []
    beside = process(10, 1, ASKS, *handlers_of_threads(), at_work, *handlers("{}"))
    (owner,) = view.owners(pool(beside, process(11, 10, READS)))
    assert (owner.outstanding, len(owner.callers)) == (False, 1)
    executor = process(
        11,
        10,
        thread(frame("get", "multiprocessing/queues.py"), frame("_process_worker", "concurrent/futures/process.py")),
    )
    (owner,) = view.owners(pool(process(10, 1, ASKS, *handlers_of_threads(), at_work), executor))
    assert owner.callers == []


def test_a_thread_of_such_a_pool_may_be_the_one_that_asks() -> None:
    """It is in the program's code, and waits for a Pool."""
    asks_too = thread(*ASKS.frames[:-1], frame("one", "job.py"), frame("worker", "multiprocessing/pool.py"), main=False)
    (owner,) = view.owners(pool(process(10, 1, ELSEWHERE, asks_too, *handlers()), process(11, 10, READS)))
    assert owner.callers == [asks_too]
    assert owner.in_programs_code == []


def test_a_pool_that_ends_while_it_is_looked_at_says_nothing() -> None:
    """One of its threads is still on a stack, and no more in the kernel. Where no number is known, none is missing."""
    for numbers, idle in (((21, 22, 23), True), ((0, 22, 23), False), ((0, 0, 0), True)):
        threads = [replace(one, number=number) for one, number in zip(handlers(), numbers, strict=True)]
        (owner,) = view.owners(pool(process(10, 1, ASKS, *threads), process(11, 10, READS)))
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
        program = process(10, 1, replace(main, number=10), *threads)
        (owner,) = view.owners(replace(pool(program, process(11, 10, READS)), awake=[10]))
        assert owner.idle is idle
        (owner,) = view.owners(replace(pool(program, process(11, 10, READS)), awake=[12]))
        assert owner.idle


def test_whom_a_finding_is_about() -> None:
    """A program without a pool stands for itself, with all others; who is not there is nobody."""
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS))
    assert [one.pid for one in getattr(view.owner_of(seen, 10), "workers", [])] == [11]
    alone = pool(process(10, 1, ELSEWHERE), process(11, 10, ELSEWHERE))
    assert [one.pid for one in getattr(view.owner_of(alone, 10), "strangers", [])] == [11]
    assert view.owner_of(seen, 99) is None


def test_who_could_not_be_asked_does_what_others_do_that_wait_for_the_same() -> None:
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, LOCKED), process(12, 10, no_stack="no time"))
    wait = [Wait(11, "semaphore", None, "semaphore 1")], [Wait(12, "semaphore", None, "semaphore 1")]
    same = [Holding(11, 10, "S", [], [], [], wait[0]), Holding(12, 10, "S", [], [], [], wait[1])]
    (owner,) = view.owners(replace(seen, holdings=same))
    assert [one.stage for one in owner.workers] == [Stage.LOCKED, Stage.LOCKED]
    (owner,) = view.owners(replace(seen, holdings=same[:1]))
    assert [one.stage for one in owner.workers] == [Stage.LOCKED, Stage.UNKNOWN]


def test_who_asks_and_where() -> None:
    """The program's line, and the function of the pool that it has called."""
    (owner,) = view.owners(kept.idle_workers())
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
        (owner,) = view.owners(kept.idle_workers(cache=cache))
        assert owner.outstanding is told


def test_a_task_is_named_with_its_arguments() -> None:
    (owner,) = view.owners(pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK)))
    assert owner.workers[0].task == "resize(path='photo-3.jpg') at job.py:7"


def test_whether_workers_end_in_good_order() -> None:
    """From 3.8 on Pool's own thread tells, before that the loop of each worker."""
    old = [thread(frame("_handle_workers", "multiprocessing/pool.py"), main=False)]
    for told, limited in (("None", False), ("5", True), ("", None)):
        loop = frame("worker", "multiprocessing/pool.py", **({"maxtasks": told} if told else {}))
        reads = thread(frame("get", "multiprocessing/queues.py"), loop)
        (seen,) = view.owners(pool(process(10, 1, ASKS, *old), process(11, 10, reads)))
        assert seen.limited is limited
    for told, limited in (("None", False), ("5", True)):
        (seen,) = view.owners(pool(process(10, 1, ASKS, *handlers(limited=told)), process(11, 10, READS)))
        assert seen.limited is limited
