"""Which pool, which worker, and what it does: by the functions on a stack."""

from __future__ import annotations

import pytest

from repro.diagnose import pools
from repro.diagnose.pools import Stage
from repro.verdicts.stacks import Thread
from tests.repro.diagnose.kept import LOCKED, READS, TASK, frame, handlers, thread

LOOP = frame("worker", "multiprocessing/pool.py")


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (READS, Stage.READS),
        (LOCKED, Stage.LOCKED),
        (TASK, Stage.TASK),
        (thread(LOOP), Stage.STARTS),
        (
            thread(frame("_send", "multiprocessing/connection.py"), frame("put", "multiprocessing/queues.py"), LOOP),
            Stage.SENDS,
        ),
        (
            thread(
                frame("__enter__", "multiprocessing/synchronize.py"), frame("put", "multiprocessing/queues.py"), LOOP
            ),
            Stage.SEND_LOCKED,
        ),
        (thread(frame("get", "job.py"), frame("resize", "job.py"), LOOP), Stage.TASK),
        (
            thread(frame("recv", "ssl.py"), frame("get", "lib/python3.12/site-packages/requests/api.py"), LOOP),
            Stage.TASK,
        ),
        (thread(frame("_callmethod", "multiprocessing/managers.py"), frame("get", "<string>"), LOOP), Stage.TASK),
        (thread(frame("put", "job.py"), LOOP), Stage.TASK),
    ],
)
def test_what_a_worker_does(stack: Thread, stage: Stage) -> None:
    role = pools.role(stack)
    assert role is not None
    assert (role.pool, role.stage) == (pools.POOL, stage)


SAFEPOOL = (frame("_serve", "safepool/worker/loop.py"), frame("serve", "safepool/worker/start.py"))
PEBBLE = (frame("process_tasks", "pebble/pool/process.py"), frame("worker_process", "pebble/pool/process.py"))
LOKY = frame("_process_worker", "loky/process_executor.py")
UNITS = frame("_run_units", "safepool/worker/loop.py")


@pytest.mark.parametrize(
    ("stack", "pool", "stage"),
    [
        (thread(frame("read", "safepool/worker/channel.py"), *SAFEPOOL), "safepool", Stage.WAITS),
        (
            thread(frame("resize", "job.py"), frame("_call", "safepool/worker/loop.py"), UNITS, *SAFEPOOL),
            "safepool",
            Stage.TASK,
        ),
        (
            thread(
                frame("send", "safepool/worker/channel.py"),
                frame("finish", "safepool/worker/answers.py"),
                UNITS,
                *SAFEPOOL,
            ),
            "safepool",
            Stage.SENDS,
        ),
        (
            thread(
                frame("unix_poll", "pebble/pool/channel.py"),
                frame("worker_get_next_task", "pebble/pool/process.py"),
                *PEBBLE,
            ),
            "pebble",
            Stage.WAITS,
        ),
        (
            thread(frame("resize", "job.py"), frame("process_execute", "pebble/common/process.py"), *PEBBLE),
            "pebble",
            Stage.TASK,
        ),
        (
            thread(
                frame("get", "multiprocessing/queues.py", source="if not self._rlock.acquire(block, timeout):"), LOKY
            ),
            "loky",
            Stage.LOCKED,
        ),
        (
            thread(
                frame("__enter__", "billiard/synchronize.py"),
                frame("_recv", "billiard/pool.py"),
                frame("receive", "billiard/pool.py"),
                frame("workloop", "billiard/pool.py"),
            ),
            "billiard.Pool",
            Stage.LOCKED,
        ),
    ],
)
def test_what_a_worker_of_another_pool_does(stack: Thread, pool: str, stage: Stage) -> None:
    """As their stacks were seen: of safepool, pebble, loky and billiard."""
    role = pools.role(stack)
    assert role is not None
    assert (role.pool, role.stage) == (pool, stage)


def test_what_a_helper_has_started_is_none() -> None:
    """Below its own stack stands the helper's."""
    template = frame("run", "safepool/worker/template.py")
    assert pools.helper(thread(frame("sleep", "safepool/worker/template.py"), template), "") == "safepool's template"
    starts = thread(frame("prepare", "job.py"), frame("_bootstrap", "multiprocessing/process.py"), template)
    assert pools.helper(starts, "") == ""
    nested = thread(template, frame("_bootstrap", "multiprocessing/process.py"))
    assert pools.helper(nested, "") == "safepool's template", "of a program that is a child of multiprocessing itself"


def test_a_thread_of_a_pool_is_known_by_where_it_begins() -> None:
    """Not by what it calls; the main thread is the program's."""
    begins = (frame("body", "billiard/pool.py"), frame("_bootstrap", "threading.py"))
    assert pools.of_a_pool(thread(frame("gen", "job.py"), *begins, main=False))
    assert pools.of_a_pool(thread(frame("gen", "job.py"), frame("_run", "/x/safepool/interfaces/tasks.py"), main=False))
    assert not pools.of_a_pool(thread(*begins, main=True))
    assert not pools.of_a_pool(thread(frame("map", "billiard/pool.py"), frame("run", "job.py"), main=False))


def test_a_forked_worker_is_one_by_its_own_loop() -> None:
    """Below it stands what forked it: another worker's loop may be there, too."""
    nested = thread(*READS.frames, frame("_launch", "multiprocessing/popen_fork.py"), *TASK.frames)
    role = pools.role(nested)
    assert role is not None
    assert role.stage is Stage.READS


def test_a_function_of_the_same_name_is_none() -> None:
    assert pools.role(thread(frame("worker", "job.py"))) is None
    assert pools.role(thread(frame("worker", "mymultiprocessing/mypool.py"))) is None


def test_service_threads_and_helpers() -> None:
    assert [pools.service(one) for one in handlers()] == [pools.POOL] * 3
    server = thread(frame("select", "selectors.py"), frame("main", "multiprocessing/forkserver.py"))
    assert pools.helper(server, "") == "the fork server"
    assert (
        pools.helper(None, "python -c from multiprocessing.resource_tracker import main;main(3)")
        == "the resource tracker"
    )
    assert pools.helper(thread(*READS.frames, *server.frames), "") == ""
    assert pools.helper(None, "python job.py") == ""


def test_commands_of_workers() -> None:
    """Of those that were not forked; no other program's."""
    assert pools.starts_workers("python -c from multiprocessing.spawn import spawn_main; spawn_main(...)")
    assert pools.starts_workers("python -m loky.backend.popen_loky_posix --process-name LokyProcess-1")
    assert not pools.starts_workers("python job.py")


def test_a_helper_that_has_not_begun_is_known_by_its_command() -> None:
    """Its stack is there, and has no frame yet."""
    command = "python -c from multiprocessing.semaphore_tracker import main;main(5)"
    assert pools.helper(thread(), command) == pools.helper(None, command) == "the resource tracker"
    assert pools.helper(thread(), "python job.py") == ""


def test_a_pool_of_threads_is_known_by_its_queues() -> None:
    """They lie within the process: of its service threads, two tell that."""
    for queue, threads in (
        ("<_queue.SimpleQueue at 0x1>", True),
        ("<Queue at 0x1>", True),
        ("<SimpleQueue at 0x1>", False),
        ("", False),
    ):
        handler = thread(frame("_handle_results", "multiprocessing/pool.py", outqueue=queue), main=False)
        assert pools.serves_threads(handler) is threads


def test_a_thread_of_a_pool_of_threads() -> None:
    """By its loop; a process's main thread is none."""
    for file in ("multiprocessing/pool.py", "concurrent/futures/thread.py"):
        loop = frame(pools.THREAD_POOLS[file], file)
        assert pools.in_thread_pool(thread(frame("resize", "job.py"), loop, main=False)) == file
        assert pools.in_thread_pool(thread(loop)) == ""
    assert pools.in_thread_pool(thread(frame("resize", "job.py"), main=False)) == ""


def test_below_the_beginning_of_a_process_stands_whoever_forked_it() -> None:
    """A thread of a ThreadPool, whose loop has the name of Pool's: what it forks is no worker."""
    begins = frame("_bootstrap", "multiprocessing/process.py"), frame("_launch", "multiprocessing/popen_fork.py")
    assert pools.role(thread(frame("resize", "job.py"), *begins, LOOP)) is None
    assert pools.role(thread(*TASK.frames, *begins)) is not None
