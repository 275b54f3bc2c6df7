"""Who owns a pool, and who works in it."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose import whose
from repro.diagnose.pools import Stage
from repro.observation import Holding, Wait
from repro.verdicts.stacks import Thread
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, frame, handlers, pool, process, thread
from tests.repro.diagnose.test_births import IN_ITS_FUNCTION, ON_THEIR_WAY


def test_workers_belong_to_whoever_started_them() -> None:
    """Under a fork server, to that one's parent; what a worker has forked is none."""
    program = process(10, 1, ASKS, *handlers())
    server = process(20, 10, thread(frame("main", "multiprocessing/forkserver.py")))
    seen = pool(program, server, process(21, 20, READS), process(22, 21, TASK), process(23, 10, ELSEWHERE))
    (owner,) = whose.owners(seen)
    assert [one.pid for one in owner.workers] == [21]
    assert owner.helpers == {20: "the fork server"}
    assert [one.pid for one in owner.strangers] == [22, 23]


def test_workers_of_a_fork_server_without_stacks_are_workers() -> None:
    """They have the server's command."""
    command = "python -c from multiprocessing.forkserver import main; main(5, 6)"
    server = process(20, 10, command=command)
    (owner,) = whose.owners(pool(process(10, 1), server, process(21, 20, command=command)))
    assert ([one.pid for one in owner.workers], owner.helpers) == ([21], {20: "the fork server"})


def test_a_worker_with_a_pool_of_its_own_is_an_owner() -> None:
    outer = process(10, 1, ASKS, *handlers())
    inner = process(11, 10, TASK, *handlers())
    found = whose.owners(pool(outer, inner, process(12, 11, READS)))
    assert [(one.pid, [worker.pid for worker in one.workers]) for one in found] == [(10, [11]), (11, [12])]


def test_a_process_of_the_programs_own_is_no_worker() -> None:
    """A manager, for one: beside it, idle workers were not all. One that has not come so far may be a worker."""
    for main, several in ((IN_ITS_FUNCTION[0], [11]), (ON_THEIR_WAY[0], [11, 12])):
        seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS), process(12, 10, main))
        owner = next(one for one in whose.owners(seen) if one.pid == 10)
        assert [one.pid for one in owner.workers] == several
        assert owner.idle is (several == [11])


def test_a_process_that_leaves_is_a_worker_only_where_there_may_be_a_pool() -> None:
    """It has no function on its stack any more. Of a program whose stack is not seen, it may be one."""
    left = frame("_finalize_join", "multiprocessing/queues.py"), frame("_exit_function", "multiprocessing/util.py")
    leaves = process(11, 10, thread(*left, frame("_bootstrap", "multiprocessing/process.py")))
    assert whose.owners(pool(process(10, 1, ELSEWHERE), leaves)) == []
    for program in (process(10, 1, ELSEWHERE, *handlers()), process(10, 1, ASKS), process(10, 1)):
        (owner,) = whose.owners(pool(program, leaves))
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
    assert whose.owners(pool(process(10, 1, ASKS, at_work, *handlers_of_threads()))) == []
    assert whose.owners(pool(process(10, 1, future, napping))) == []
    assert whose.owners(pool(process(10, 1, future))) != []
    beside = process(10, 1, ASKS, *handlers_of_threads(), at_work, *handlers("{}"))
    (owner,) = whose.owners(pool(beside, process(11, 10, READS)))
    assert (owner.outstanding, len(owner.callers)) == (False, 1)
    executor = process(
        11,
        10,
        thread(frame("get", "multiprocessing/queues.py"), frame("_process_worker", "concurrent/futures/process.py")),
    )
    (owner,) = whose.owners(pool(process(10, 1, ASKS, *handlers_of_threads(), at_work), executor))
    assert owner.callers == []


def test_whom_a_finding_is_about() -> None:
    """A program without a pool stands for itself, with all others; who is not there is nobody."""
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS))
    assert [one.pid for one in getattr(whose.owner_of(seen, 10), "workers", [])] == [11]
    alone = pool(process(10, 1, ELSEWHERE), process(11, 10, ELSEWHERE))
    assert [one.pid for one in getattr(whose.owner_of(alone, 10), "strangers", [])] == [11]
    assert whose.owner_of(seen, 99) is None


def test_who_could_not_be_asked_does_what_others_do_that_wait_for_the_same() -> None:
    seen = pool(process(10, 1, ASKS, *handlers()), process(11, 10, LOCKED), process(12, 10, no_stack="no time"))
    wait = [Wait(11, "semaphore", None, "semaphore 1")], [Wait(12, "semaphore", None, "semaphore 1")]
    same = [Holding(11, 10, "S", [], [], [], wait[0]), Holding(12, 10, "S", [], [], [], wait[1])]
    (owner,) = whose.owners(replace(seen, holdings=same))
    assert [one.stage for one in owner.workers] == [Stage.LOCKED, Stage.LOCKED]
    (owner,) = whose.owners(replace(seen, holdings=same[:1]))
    assert [one.stage for one in owner.workers] == [Stage.LOCKED, Stage.UNKNOWN]
