"""The threads of the program's own process."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.observation import Holding
from tests.repro.diagnose.kept import ASKS, READS, READS_CALLS, TASK, frame, handlers, kind, pool, process, thread


def test_a_callback_that_waits_for_its_pool() -> None:
    """The thread that receives every result is in a callback that waits for one."""
    waits = thread(
        frame("wait", "threading.py"),
        frame("get", "multiprocessing/pool.py"),
        frame("done", "job.py", 20),
        frame("_set", "multiprocessing/pool.py"),
        frame("_handle_results", "multiprocessing/pool.py"),
        main=False,
    )
    seen = pool(process(10, 1, ASKS, waits, *handlers()[1:]), process(11, 10, READS))
    assert kind(seen) is Kind.OWN_TASK
    slow = thread(*waits.frames[2:], main=False)
    assert kind(pool(process(10, 1, ASKS, slow, *handlers()[1:]), process(11, 10, READS))) is Kind.OUTSIDE


def test_a_handler_that_is_gone() -> None:
    """Somebody waits for a result, and the thread that would receive it is not there."""
    assert kind(pool(process(10, 1, ASKS, *handlers()[1:]), process(11, 10, READS))) is Kind.THREAD_GONE
    assert kind(pool(process(10, 1, ASKS))) is Kind.THREAD_GONE


def test_a_pool_whose_worker_handler_has_ended() -> None:
    """It could start no worker in place of a dead one; what is left waits, whatever lies in a pipe that it would have read. Of a
    worker at work, the result may come."""
    results, tasks, _ = handlers()
    program = process(10, 1, ASKS, results, tasks)
    found = diagnose(pool(program, process(11, 10, READS)))
    assert found.kind is Kind.THREAD_GONE
    assert "the worker handler" in found.finding.evidence[0]
    holdings = [Holding(10, 1, "S", [3], [3]), Holding(11, 10, "S", [3], [3])]
    assert kind(replace(pool(program, process(11, 10, READS)), holdings=holdings, pipes={3: 8})) is Kind.THREAD_GONE
    assert kind(pool(program, process(11, 10, TASK))) is Kind.OUTSIDE
    answered = process(10, 1, *handlers("{}")[:2])
    assert kind(pool(answered, process(11, 10, READS))) is Kind.IDLE_POOL


def test_a_program_at_its_end_whose_workers_nobody_tells_to_leave() -> None:
    """The manager thread is gone; or it waits for results, since whoever ended the pool was interrupted."""
    exits = thread(
        frame("poll", "multiprocessing/popen_fork.py"),
        frame("join", "multiprocessing/process.py"),
        frame("_exit_function", "multiprocessing/util.py"),
    )
    manager = thread(
        frame("select", "selectors.py"),
        frame("wait_result_broken_or_wakeup", "concurrent/futures/process.py"),
        frame("run", "concurrent/futures/process.py"),
        main=False,
    )
    assert kind(pool(process(10, 1, exits), process(11, 10, READS_CALLS))) is Kind.THREAD_GONE
    seen = pool(process(10, 1, exits, manager), process(11, 10, READS_CALLS))
    found = diagnose(seen)
    assert (found.kind, found.finding.pids) == (Kind.END_WAITS, [11])
    assert kind(replace(seen, moved={11: (1_000, 1)})) is not Kind.END_WAITS
