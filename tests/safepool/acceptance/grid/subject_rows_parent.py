"""Rows: the parent's own state: locks, signals, limits, forks."""

import concurrent.futures
import gc
import os
import resource
import signal
import sys
import threading
import time

import safepool
from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_pools import Resources, attempt, session_processes, settle
from tests.safepool.acceptance.grid.subject_rows import (
    TENS,
    WORKERS,
    Executor,
    Pool,
    in_thread,
    is_death,
    raises,
    row,
    wait_for,
    worker_pids,
    works,
    write,
)
from tests.safepool.acceptance.subject_protocol import Skipped


@row
def a_lock_that_another_thread_holds_at_the_time_of_a_replacement():
    """The replacement of a dead worker is not forked from a parent whose thread holds a lock."""
    with Pool() as pool:
        works(pool)
        with tasks.LOCK:
            for _ in range(WORKERS):
                is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)
            assert pool.map(tasks.with_lock, range(8), chunksize=1) == TENS
    pool.join()


@row
def a_pool_made_in_a_thread_that_ends():
    """The life of the workers is tied to the process, not to the thread that made the pool."""
    pool, error = in_thread(Pool)()
    assert error is None, error
    with pool:
        works(pool)
        is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)
        works(pool)
    pool.join()


@row
def sigchld_is_ignored():
    """With SIGCHLD ignored the kernel reaps children itself (waitpid: ECHILD); exit codes are right all the same."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with Executor() as executor:
        is_death(executor.submit(tasks.exit_now).exception(), 7)
        works(executor)


@row
def another_thread_reaps_all_children():
    """A program that waits for any child takes no exit code away from the pool, and nothing hangs."""
    stop = threading.Event()

    def reap():
        while not stop.is_set():
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                pass
            time.sleep(0.001)

    thread = threading.Thread(target=reap)
    thread.start()
    try:
        with Executor() as executor:
            is_death(executor.submit(tasks.exit_now).exception(), 7)
            works(executor)
    finally:
        stop.set()
        thread.join()


@row
def the_parent_forks():
    """A child that the program forks by hand neither disturbs the pool nor is held up by it."""
    with Executor() as executor:
        works(executor)
        pid = os.fork()
        if pid == 0:
            gc.collect()
            os._exit(3)
        assert (
            os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3 if sys.version_info >= (3, 9) else os.waitpid(pid, 0)
        )
        pid = os.fork()
        if pid == 0:
            try:
                sys.exit(0)  # runs what atexit has, in the child
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        works(executor)
        is_death(executor.submit(tasks.exit_now).exception(), 7)
        works(executor)


@row
def no_more_descriptors():
    """Without free descriptors the construction fails with OSError, and leaves nothing; later it works."""
    before = Resources()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before.descriptors) + 4, hard))
    error = attempt(Pool)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert isinstance(error, (OSError, safepool.PoolBroken)), repr(error)
    settle(before, "a construction that failed")
    with Pool() as pool:
        works(pool)
    pool.join()


@row
def no_more_processes():
    """A replacement cannot start (EAGAIN): the other worker goes on; when none is left the calls end with an error."""
    mount = "/sys/fs/cgroup/pids"
    group = os.path.join(mount, f"safepool-pids-{os.getpid()}")
    try:
        os.mkdir(group)
    except OSError as error:
        raise Skipped(f"no pids cgroup can be made here: {error}")  # noqa: B904
    write(os.path.join(group, "cgroup.procs"), os.getpid())
    try:
        with Pool() as pool:
            works(pool)
            with open(os.path.join(group, "pids.current")) as file:
                current = int(file.read())
            write(os.path.join(group, "pids.max"), max(1, current - 1))
            is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)
            assert all(
                error is None or isinstance(error, safepool.PoolBroken)
                for _, error in [attempt(lambda: pool.apply(tasks.times_ten, (1,))) for _ in range(5)]
            )
            raises(concurrent.futures.BrokenExecutor, pool.apply, tasks.exit_now)
            write(os.path.join(group, "pids.max"), "max")
            attempt(lambda: pool.apply(tasks.times_ten, (1,)))
        pool.join()
    finally:
        write(os.path.join(mount, "cgroup.procs"), os.getpid())
        for pid, _, _ in session_processes():
            attempt(lambda pid=pid: write(os.path.join(mount, "cgroup.procs"), pid))
        wait_for(lambda: attempt(lambda: os.rmdir(group))[1] is None, "the cgroup is empty")


@row
def every_helper_process_is_killed():
    """The processes that are not workers (template, forkserver) are killed: nothing hangs, nothing is left."""
    with Pool() as pool:
        works(pool)
        workers = set(worker_pids(pool))
        for pid, _, _ in session_processes():
            if pid not in workers and pid != os.getppid():
                os.kill(pid, signal.SIGKILL)
        outcomes = [attempt(lambda: pool.apply(tasks.exit_now)) for _ in range(3)]
        assert all(isinstance(error, concurrent.futures.BrokenExecutor) for _, error in outcomes), outcomes
        _, error = attempt(lambda: works(pool))
        assert error is None or isinstance(error, safepool.PoolBroken), repr(error)
    pool.join()


@row
def memory_limit_of_a_task():
    """A worker beyond its `memory_limit` is killed during the task, and the error says so."""
    with Executor(memory_limit="200MiB") as executor:
        error = executor.submit(tasks.allocate, 400 << 20).exception()
        assert error is not None and "memory" in str(error).lower(), repr(error)
        works(executor)
