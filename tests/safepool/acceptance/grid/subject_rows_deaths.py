"""Rows: deaths, beyond those of the grid."""

import asyncio
import concurrent.futures
import os
import pickle
import signal
import threading

import safepool
from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_pools import Resources, attempt, settle
from tests.safepool.acceptance.grid.subject_rows import (
    WORKERS,
    Executor,
    Pool,
    alive,
    is_death,
    path,
    pid_from,
    raises,
    row,
    wait_for,
    worker_pids,
    works,
)


@row
def map_without_return_exceptions_raises_the_death():
    """`map` raises WorkerDied; the pool goes on."""
    with Pool() as pool:
        is_death(raises(safepool.WorkerDied, pool.map, tasks.exit_at_three, range(12)), 7)
        works(pool)
    pool.join()


@row
def the_case_it_began_with():
    """Three processes, `pool.map(worker, [1, 2, 3])`, the third exits: an error, in time."""
    with Pool(3) as pool:
        is_death(raises(safepool.WorkerDied, pool.map, tasks.exit_at_three, [1, 2, 3]), 7)
        assert pool.map(tasks.exit_at_three, [1, 2, 4]) == [10, 20, 40]
    pool.join()


@row
def error_callback_is_called_for_a_death():
    """`error_callback` gets the WorkerDied, `callback` is not called."""
    called, failed, done = [], [], threading.Event()
    with Pool() as pool:
        result = pool.apply_async(
            tasks.exit_now, callback=called.append, error_callback=lambda error: (failed.append(error), done.set())
        )
        is_death(raises(safepool.WorkerDied, result.get), 7)
        assert done.wait(10) and not called and is_death(failed[0], 7)
    pool.join()


@row
def get_with_timeout_gives_the_death_not_a_timeout():
    """After a death `get(timeout=...)` raises the death."""
    with Pool() as pool:
        is_death(raises(Exception, pool.apply_async(tasks.exit_now).get, 20), 7)
    pool.join()


@row
def imap_unordered_with_a_death():
    """Every other item's result arrives, in any order; the error comes once; then the iterator is at its end."""
    with Pool() as pool:
        iterator = pool.imap_unordered(tasks.exit_at_three, range(12), chunksize=3)
        outcomes = [attempt(lambda: next(iterator)) for _ in range(12)]
        assert sorted(value for value, error in outcomes if error is None) == [i * 10 for i in range(12) if i != 3]
        assert sum(1 for _, error in outcomes if error is not None and is_death(error, 7)) == 1
        raises(StopIteration, next, iterator)
    pool.join()


@row
def executor_map_with_a_death():
    """Executor.map gives the results before the death, then raises it, as for any error of a task."""
    with Executor() as executor:
        iterator = executor.map(tasks.exit_at_three, range(6), chunksize=2)
        assert [next(iterator) for _ in range(3)] == [0, 10, 20]
        is_death(raises(safepool.WorkerDied, next, iterator), 7)
        works(executor)


@row
def the_only_worker_dies():
    """A pool of one worker replaces it."""
    with Pool(1) as pool:
        for _ in range(3):
            is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)
            assert pool.apply(tasks.times_ten, (1,)) == 10
    pool.join()


@row
def all_workers_die_at_once():
    """Every worker is killed in the middle of a task: each of those fails, the tasks in the queue run."""
    with Executor(3) as executor:
        busy = [executor.submit(tasks.note_pid_and_sleep, path(f"pid{i}")) for i in range(3)]
        queued = [executor.submit(tasks.noted_times_ten, path("log"), i) for i in range(20)]
        for pid in [pid_from(f"pid{i}") for i in range(3)]:
            os.kill(pid, signal.SIGKILL)
        for future in busy:
            is_death(future.exception(), -signal.SIGKILL)
        assert [future.result() for future in queued] == [i * 10 for i in range(20)]
        with open(path("log")) as file:
            assert sorted(map(int, file)) == list(range(20)), "a queued task did not run exactly once"


@row
def all_idle_workers_are_killed():
    """An idle pool that lost all workers works on."""
    with Pool() as pool:
        works(pool)
        for pid in worker_pids(pool):
            os.kill(pid, signal.SIGKILL)
        works_after_idle_deaths(pool)
    pool.join()


def works_after_idle_deaths(pool):
    """A task that is handed to a worker in the very moment of its death may fail with it; then all is well."""
    outcomes = [attempt(lambda i=i: pool.apply(tasks.times_ten, (i,))) for i in range(8)]
    assert all(is_death(error) for _, error in outcomes if error is not None), outcomes
    works(pool)


@row
def many_deaths_in_a_row_leave_nothing():
    """Forty deaths: descriptors, threads and processes are as before."""
    with Pool() as pool:
        is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)  # the first one starts a thread
        works(pool)
        # The descriptors of a replacement that is still being born would count as left behind.
        wait_for(lambda: all(worker.state == "idle" for worker in pool.workers), "the replacement is there")
        before = Resources()
        for _ in range(40):
            is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)
        works(pool)
        settle(before, "forty deaths")
    pool.join()


@row
def a_death_then_close_and_join():
    """Nobody looked at the error; `close(); join()` still ends."""
    pool = Pool()
    result = pool.apply_async(tasks.exit_now)
    pool.close()
    pool.join()
    is_death(raises(safepool.WorkerDied, result.get), 7)


@row
def the_error_survives_pickling():
    """WorkerDied is picklable, attributes and message included."""
    with Executor() as executor:
        error = executor.submit(tasks.exit_now, 1).exception()
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and str(copy) == str(error)
    for name in ("pid", "exitcode", "signal", "cause", "stage", "task", "rss", "attempts"):
        assert getattr(copy, name) == getattr(error, name), name


@row
def deaths_and_workers_tell():
    """`deaths` lists the deaths, `workers` shows as many live processes as the pool has."""
    with Executor() as executor:
        works(executor)
        executor.submit(tasks.exit_now).exception()
        assert len(executor.deaths) == 1 and is_death(executor.deaths[0], 7)
        works(executor)
        wait_for(lambda: len(worker_pids(executor)) == WORKERS, "a full pool")
        assert all(alive(pid) for pid in worker_pids(executor))


@row
def retries_run_a_task_again_and_only_then():
    """With `retries=1` a task whose worker died runs once more; without it never."""
    with Executor(retries=1) as executor:
        assert executor.submit(tasks.die_once, path("token"), 5).result() == 5
        error = executor.submit(tasks.noted_death, path("log")).exception()
        assert is_death(error, 7) and error.attempts == 2, error
    with open(path("log")) as file:
        assert len(file.readlines()) == 2
    with Executor() as executor:
        is_death(executor.submit(tasks.noted_death, path("log1")).exception(), 7)
    with open(path("log1")) as file:
        assert len(file.readlines()) == 1


@row
def asyncio_learns_of_a_death():
    """`run_in_executor` raises WorkerDied for that task, the others have their results."""

    async def main():
        loop = asyncio.get_running_loop()
        with Executor() as executor:
            calls = [loop.run_in_executor(executor, tasks.exit_at, i, 3) for i in range(8)]
            return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(main())
    assert is_death(outcomes.pop(3), 7) and outcomes == [0, 10, 20, 40, 50, 60, 70]


@row
def wait_and_as_completed_see_a_death():
    """`concurrent.futures.wait` and `as_completed` return with the dead task among the done."""
    with Executor() as executor:
        futures = [executor.submit(tasks.exit_at, i, 3) for i in range(8)]
        done, pending = concurrent.futures.wait(futures)
        assert len(done) == 8 and not pending
        assert len(list(concurrent.futures.as_completed(futures))) == 8
