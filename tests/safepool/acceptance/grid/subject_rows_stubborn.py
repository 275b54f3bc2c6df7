"""Rows: stopped, deaf and stubborn workers."""

import concurrent.futures
import os
import signal
import time

import safepool
from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_pools import attempt
from tests.safepool.acceptance.grid.subject_rows import (
    Executor,
    Pool,
    alive,
    path,
    pid_from,
    raises,
    row,
    worker_pids,
    works,
)


def check_timeout(function, *arguments):
    with Executor(timeout=0.3) as executor:
        future = executor.submit(function, *arguments)
        queued = [executor.submit(tasks.times_ten, i) for i in range(6)]
        error = future.exception()
        assert isinstance(error, safepool.TaskTimeout), repr(error)
        assert isinstance(error, TimeoutError), type(error).__mro__
        assert isinstance(error, concurrent.futures.TimeoutError), type(error).__mro__
        assert [f.result() for f in queued] == [i * 10 for i in range(6)]
        works(executor)


@row
def timeout_of_a_sleeping_task():
    """`timeout` ends a task that sleeps; the rest is not touched."""
    check_timeout(time.sleep, 60)


@row
def timeout_of_a_task_that_holds_the_gil():
    """`timeout` ends a task that never lets another thread of its process run."""
    check_timeout(tasks.hold_gil, path("pid"))


@row
def timeout_of_a_stopped_worker():
    """`timeout` ends a worker that is SIGSTOPped."""
    check_timeout(tasks.stop_self)


@row
def the_time_in_the_queue_does_not_count():
    """`timeout` counts from the start of the task: many short tasks behind one another are no timeout."""
    with Executor(1, timeout=1.5) as executor:
        futures = [executor.submit(time.sleep, 0.1) for _ in range(30)]
        assert [future.result() for future in futures] == [None] * 30


@row
def a_stopped_busy_worker_holds_up_nobody_else():
    """One of two workers is stopped in its task: the other does all the rest; terminate() ends the stopped one."""
    pool = Pool()
    stopped = pool.apply_async(tasks.note_pid_and_sleep, (path("pid"),))
    pid = pid_from("pid")
    os.kill(pid, signal.SIGSTOP)
    works(pool)
    pool.terminate()
    pool.join()
    assert not alive(pid)
    raises(Exception, stopped.get)


@row
def a_stopped_idle_worker_does_not_block_the_end():
    """An idle worker is stopped; whoever is handed to it waits, `terminate(); join()` ends it all."""
    pool = Pool()
    works(pool)
    pid = worker_pids(pool)[0]
    os.kill(pid, signal.SIGSTOP)
    pool.terminate()
    pool.join()
    assert not alive(pid)


@row
def a_stopped_idle_worker_does_not_block_the_orderly_end():
    """`shutdown(wait=True)` of an idle executor with a stopped worker returns."""
    executor = Executor()
    works(executor)
    os.kill(worker_pids(executor)[0], signal.SIGSTOP)
    executor.shutdown(wait=True)


@row
def a_worker_that_ignores_sigterm():
    """terminate() is bounded although the task ignores SIGTERM."""
    pool = Pool()
    result = pool.apply_async(tasks.ignore_sigterm, (path("pid"),))
    pid_from("pid")
    pool.terminate()
    pool.join()
    raises(Exception, result.get)


@row
def a_sigterm_handler_that_workers_inherit():
    """The parent's SIGTERM handler does not keep workers alive."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    pool = Pool()
    pool.apply_async(tasks.note_pid_and_sleep, (path("pid"),))
    pid = pid_from("pid")
    pool.terminate()
    pool.join()
    assert not alive(pid)


@row
def a_worker_with_a_thread_that_does_not_end():
    """sys.exit in a task of a worker that has a non-daemon thread: the task's error, and the shutdown is bounded."""
    executor = Executor()
    error = executor.submit(tasks.exit_with_thread).exception()
    assert isinstance(error, Exception) and not isinstance(error, SystemExit), repr(error)
    executor.shutdown(wait=True)


@row
def a_task_that_closes_all_descriptors():
    """The worker has cut its own channels: its task ends in a result or an error, the pool goes on."""
    with Executor() as executor:
        executor.submit(tasks.close_all_descriptors).exception()
        works(executor)


@row
def a_task_that_closes_the_standard_streams():
    """The protocol does not use descriptors 0 to 2."""
    with Executor(1) as executor:
        assert executor.submit(tasks.close_standard_streams, 4).result() == 4
        assert executor.submit(tasks.times_ten, 4).result() == 40


@row
def a_task_that_writes_to_every_descriptor():
    """Noise in the channel fails that worker's task at most; nobody waits for ever and the parent lives."""
    with Executor() as executor:
        executor.submit(tasks.write_to_every_descriptor).exception()
        attempt(lambda: works(executor))
        works(executor)
