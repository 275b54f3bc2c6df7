"""Rows: tasks that leave processes behind, or start their own."""

import os
import signal

from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_pools import attempt
from tests.safepool.acceptance.grid.subject_rows import Executor, Pool, is_death, path, pid_from, row, works


def check_grandchild(function, then):
    try:
        with Executor() as executor:
            future = executor.submit(function, path("child"), then)
            error = future.exception()
            assert error is None if then == "return" else is_death(error, -signal.SIGKILL)
            works(executor)
    finally:
        os.kill(pid_from("child"), signal.SIGKILL)


@row
def a_forked_grandchild_and_the_worker_dies():
    """A forked grandchild keeps every pipe open: the death is seen all the same."""
    check_grandchild(tasks.leave_forked_child, "die")


@row
def a_forked_grandchild_and_the_worker_lives():
    """A forked grandchild that lives on does not hold up the end of the pool."""
    check_grandchild(tasks.leave_forked_child, "return")


@row
def a_subprocess_and_the_worker_dies():
    """A subprocess that outlives the worker does not hide its death."""
    check_grandchild(tasks.leave_subprocess, "die")


@row
def a_multiprocessing_grandchild_and_the_worker_dies():
    """Nor does a process started by multiprocessing."""
    check_grandchild(tasks.leave_multiprocessing_child, "die")


@row
def a_task_that_starts_a_process():
    """Workers may have children: they are no daemons. In the orderly end the worker clears up what it had for them."""
    pool = Pool()
    assert pool.map(tasks.process_in_worker, range(4)) == [0, 10, 20, 30]
    pool.close()
    pool.join()


@row
def a_task_with_a_pool_of_its_own():
    """safepool inside a worker of safepool, with a death inside."""
    with Pool() as pool:
        assert pool.map(tasks.pool_in_worker, range(3)) == [0, 10, 20]
    pool.join()


@row
def a_task_that_forks_and_both_return():
    """The forked copy of the worker returns from the task too: its answer must not be taken for the worker's."""
    with Executor(1) as executor:
        value, error = attempt(executor.submit(tasks.fork_and_return, 4).result)
        assert error is not None or value in (40, -1), (value, error)
        assert attempt(executor.submit(tasks.times_ten, 4).result)[0] in (40, None)
        works(executor)
