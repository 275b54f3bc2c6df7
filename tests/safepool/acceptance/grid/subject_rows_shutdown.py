"""Rows: ends of pools."""

import concurrent.futures
import gc
import os
import signal
import time

from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_pools import Resources, attempt, settle
from tests.safepool.acceptance.grid.subject_rows import (
    Executor,
    Pool,
    in_thread,
    is_death,
    path,
    pid_from,
    raises,
    row,
    wait_for,
    worker_pids,
)


@row
def get_while_another_thread_terminates():
    """A thread that waits for a result is woken by terminate()."""
    pool = Pool()
    result = pool.apply_async(tasks.note_pid_and_sleep, (path("pid"),))
    waiting = pool.map_async(tasks.times_ten, range(1000))
    waiters = [in_thread(result.get), in_thread(waiting.get), in_thread(lambda: list(pool.imap(time.sleep, [60, 60])))]
    pid_from("pid")
    pool.terminate()
    pool.join()
    assert waiters[0]()[1] is not None
    for waiter in waiters[1:]:
        waiter()


@row
def an_unpicklable_argument_and_cancel_futures():
    """gh-116685: an argument that cannot be pickled, then shutdown(cancel_futures=True)."""
    executor = Executor(1)
    futures = [executor.submit(time.sleep, 0.05) for _ in range(4)]
    bad = attempt(lambda: executor.submit(tasks.echo, lambda: None))
    executor.shutdown(wait=True, cancel_futures=True)
    assert all(future.done() for future in futures)
    if bad[0] is not None:
        raises(BaseException, bad[0].result)


@row
def as_completed_and_cancel_futures():
    """gh-136655: as_completed ends although a shutdown cancels what it waits for."""
    executor = Executor(1)
    futures = [executor.submit(time.sleep, 0.05) for _ in range(10)]
    waiter = in_thread(lambda: len(list(concurrent.futures.as_completed(futures))))
    futures[0].result()
    executor.shutdown(wait=True, cancel_futures=True)
    assert waiter() == (10, None)


@row
def submit_cancel_shutdown():
    """gh-94440: a future that is cancelled right before the shutdown."""
    for _ in range(10):
        executor = Executor(1)
        executor.submit(tasks.times_ten, 1).cancel()
        executor.shutdown(wait=True)


@row
def shutdown_without_waiting_then_a_death():
    """shutdown(wait=False) with work and a death to come: every future is settled."""
    executor = Executor()
    futures = [executor.submit(tasks.exit_at, i, 3) for i in range(12)]
    executor.shutdown(wait=False)
    errors = [future.exception() for future in futures]
    assert is_death(errors.pop(3), 7) and errors == [None] * 11, errors
    executor.shutdown(wait=True)


@row
def submit_while_a_shutdown_waits():
    """submit() does not wait for a lock that a shutdown holds: it raises at once."""
    executor = Executor(1)
    future = executor.submit(tasks.note_pid_and_sleep, path("pid"))
    pid = pid_from("pid")
    waiter = in_thread(executor.shutdown)
    wait_for(lambda: attempt(lambda: executor.submit(tasks.times_ten, 1))[1] is not None, "submit() raises")
    raises(RuntimeError, executor.submit, tasks.times_ten, 1)
    os.kill(pid, signal.SIGKILL)
    is_death(future.exception(), -signal.SIGKILL)
    assert waiter()[1] is None


@row
def terminate_workers_and_kill_workers():
    """Both end a busy executor; every future is settled."""
    for name in ("terminate_workers", "kill_workers"):
        executor = Executor()
        futures = [executor.submit(time.sleep, 60) for _ in range(6)]
        wait_for(lambda f=futures: any(future.running() for future in f), "a running task")
        getattr(executor, name)()
        for future in futures:
            raises(BaseException, future.result)


@row
def a_death_during_terminate():
    """Workers that die while terminate() is on its way do not disturb it."""
    for _ in range(5):
        pool = Pool(3)
        pool.map_async(tasks.times_ten, range(100), chunksize=1)
        for pid in worker_pids(pool):
            os.kill(pid, signal.SIGKILL)
        pool.terminate()
        pool.join()


@row
def imap_then_close_and_join_then_read():
    """As with multiprocessing.Pool the results of imap can be read after close() and join()."""
    pool = Pool()
    iterator = pool.imap(tasks.echo, range(20000))
    pool.close()
    pool.join()
    assert list(iterator) == list(range(20000))


@row
def an_abandoned_iterator():
    """An imap iterator that nobody reads to its end does not hold up the end of the pool."""
    pool = Pool()
    next(pool.imap(tasks.echo, range(100000)))
    pool.terminate()
    pool.join()
    executor = Executor()
    next(executor.map(tasks.echo, range(1000)))
    executor.shutdown(wait=True, cancel_futures=True)


@row
def max_tasks_per_child_with_a_backlog():
    """gh-115634: workers are replaced while tasks wait, with every start method; all tasks run once."""
    with Executor(2, max_tasks_per_child=3) as executor:
        futures = [executor.submit(tasks.noted_times_ten, path("log"), i) for i in range(30)]
        assert [future.result() for future in futures] == [i * 10 for i in range(30)]
    with open(path("log")) as file:
        assert sorted(map(int, file)) == list(range(30))
    assert executor.deaths == [] or not list(executor.deaths)
    with Pool(2, maxtasksperchild=2) as pool:
        assert pool.map(tasks.times_ten, range(12), chunksize=1) == [i * 10 for i in range(12)]
        outcomes = pool.map(tasks.exit_at_three, range(12), chunksize=1, return_exceptions=True)
        assert is_death(outcomes.pop(3), 7) and len(outcomes) == 11
    pool.join()


@row
def max_tasks_per_child_and_shutdown_without_waiting():
    """gh-119592: the rest of the tasks is still done."""
    executor = Executor(1, max_tasks_per_child=1)
    futures = [executor.submit(tasks.times_ten, i) for i in range(5)]
    executor.shutdown(wait=False)
    assert [future.result() for future in futures] == [0, 10, 20, 30, 40]
    executor.shutdown(wait=True)


@row
def an_executor_that_is_forgotten():
    """An executor that nobody refers to any more finishes its tasks and goes, with its processes."""
    before = Resources()
    futures = [Executor().submit(tasks.times_ten, i) for i in range(2)]
    assert [future.result() for future in futures] == [0, 10]
    del futures
    gc.collect()
    settle(before, "two forgotten executors", 20)
