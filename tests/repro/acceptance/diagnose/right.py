"""Which diagnoses are right for a scenario that hangs. Pure.

Written from the scenarios' prose (``dies``, ``sees``, ``why``), never from what a diagnosis said. Where a program has two things
wrong with it (a worker is stopped, and another one's task is lost), each of them is right.
"""

from __future__ import annotations

from repro.diagnose.kinds import Kind
from repro.versions import release_of

POOL, EXECUTOR = "multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor"

_Kinds = frozenset[Kind]


def _each(names: str, *kinds: Kind) -> dict[str, _Kinds]:
    return dict.fromkeys(names.split(), frozenset(kinds))


#: Pool forgets the task of a worker that died, however that died.
_IN_POOL: dict[str, _Kinds] = {
    **_each(
        "sys-exit sys-exit-0 os-exit os-exit-0 sigterm sigkill segfault abort base-exception error-callback-death grandchild "
        "grandchild-subprocess keyboard-interrupt large-argument-in-flight max-tasks-death sigpipe all-busy-killed "
        "death-beside-deaf killed-from-outside stack-overflow argument-unpickling-exits argument-unpickling-raises "
        "result-pickling-exits result-recursion command-function forgotten-after-death",
        Kind.LOST_TASK,
    ),
    # The kernel has ended the worker for memory, and its task is lost.
    **_each("oom", Kind.LOST_TASK, Kind.OUT_OF_MEMORY),
    # The worker has left its task by sys.exit, which gives no result, and waits for its thread.
    **_each("thread-outlives-task", Kind.LOST_TASK),
    # The lock of the queue died with the worker that had it.
    **_each("all-idle-killed idle-killed only-worker-killed between-tasks", Kind.POISONED_LOCK),
    # The end of the pool wants the lock that a worker has of whom the pool does not know.
    **_each("helper-killed", Kind.END_WAITS),
    **_each("idle-stopped sigstop", Kind.STOPPED_WORKER),
    **_each("death-beside-stopped", Kind.STOPPED_WORKER, Kind.LOST_TASK),
    # The rest of the message is in the pipe, and the lock of its reading end died with the worker.
    **_each("killed-reading-argument", Kind.HALF_MESSAGE, Kind.POISONED_LOCK),
    **_each("killed-sending-1mb killed-sending-result", Kind.HALF_MESSAGE),
    # One worker after the other ends of what is left of the message; or the last one waits for more of that than there is.
    **_each("address-limit", Kind.RESPAWN_STORM, Kind.HALF_MESSAGE),
    **_each(
        "argument-pickling-exits exception-unpickling-raises result-unpickling-raises callback-exits callback-raises "
        "iterable-exits",
        Kind.THREAD_GONE,
    ),
    **_each("fork-after-openmp fork-with-lock", Kind.AFTER_FORK),
    **_each(
        "initializer-exits initializer-os-exit initializer-raises initializer-unpickling-raises no-main-guard",
        Kind.RESPAWN_STORM,
    ),
    # The task of the dead worker is lost; and the thread is gone that looks after the workers.
    **_each("replacement-cannot-start", Kind.LOST_TASK, Kind.THREAD_GONE),
    # The pool joins workers of whose end nobody tells.
    **_each("sigchld-blocked", Kind.END_WAITS),
    # join() waits until no task is left, and one is lost.
    **_each("death-during-close death-then-close", Kind.LOST_TASK, Kind.END_WAITS),
    **_each("ignores-sigterm sigterm-handler", Kind.END_WAITS),
    # The pool has ended, its threads and its workers, and somebody waits for results that only they could give.
    **_each("iterate-after-with terminate-during-get", Kind.THREAD_GONE, Kind.NO_WORKER),
    # terminate() waits for a thread, and that for something outside.
    **_each("terminate-generator-blocks", Kind.END_WAITS, Kind.OUTSIDE),
    **_each("callback-waits generator-uses-pool pool-in-fork", Kind.OWN_TASK),
    # Workers die of the signal, one of them with the lock; the caller has its KeyboardInterrupt, and ends the pool.
    **_each("ctrl-c", Kind.POISONED_LOCK, Kind.END_WAITS),
    # A task is counted, and was never sent: no worker has it.
    **_each("list-changed", Kind.LOST_TASK),
}

_IN_EXECUTOR: dict[str, _Kinds] = {
    **_each("grandchild nested-pool nested-process", Kind.GRANDCHILD),
    # shutdown joins the thread that feeds the queue, and that waits for room.
    **_each("large-argument-in-flight sigpipe killed-reading-argument address-limit", Kind.END_WAITS),
    **_each("thread-outlives-task death-beside-deaf sigchld-blocked", Kind.END_WAITS),
    **_each("death-beside-stopped", Kind.STOPPED_WORKER),
    **_each("idle-stopped sigstop", Kind.STOPPED_WORKER),
    **_each("killed-sending-1mb killed-sending-result kill-workers-half-result", Kind.HALF_MESSAGE),
    **_each("argument-pickling-exits callback-exits", Kind.THREAD_GONE),
    **_each("fork-after-openmp fork-with-lock", Kind.AFTER_FORK),
    **_each("max-tasks max-tasks-collected", Kind.NO_WORKER),
    # The thread that would start another has ended, of what shutdown has cleared, and no worker is left.
    **_each("max-tasks-shutdown-nowait", Kind.NO_WORKER, Kind.THREAD_GONE),
    # The manager thread has ended, in good order, and has not told those who wait.
    **_each("as-completed-cancel", Kind.THREAD_GONE),
    # A task stays counted that nobody has, and the end of the pool waits for it.
    **_each("cancel-futures-unpicklable", Kind.LOST_TASK, Kind.END_WAITS),
    # Nothing is left that could wake the manager thread, which shutdown joins.
    **_each("cancel-then-shutdown", Kind.END_WAITS),
    # Up to 3.8 the manager thread has ended, and nobody ends the workers; later two threads have what the other one wants.
    **_each("shutdown-nowait-death", Kind.THREAD_GONE),
    **_each("shutdown-nowait-unpicklable", Kind.THREAD_GONE, Kind.END_WAITS, Kind.THREADS_DEADLOCKED),
    **_each("callback-waits pool-in-fork", Kind.OWN_TASK),
    # submit() has the lock, and waits for room in a pipe; the thread that would read that pipe waits for the lock.
    **_each("many-submits", Kind.THREADS_DEADLOCKED),
    # A thread waits for a lock that it has itself, and all others for that lock.
    **_each("submit-in-del submit-in-signal-handler", Kind.THREADS_DEADLOCKED),
}

#: Before 3.7 the thread that pickles tasks prints the error of one that it can't pickle, and forgets that task
#: (Lib/multiprocessing/queues.py: Queue._feed(); the executor's own _SafeQueue came with 3.7).
_BEFORE_37 = {(EXECUTOR, "shutdown-nowait-unpicklable"): frozenset({Kind.LOST_TASK})}

_TABLES = {POOL: _IN_POOL, EXECUTOR: _IN_EXECUTOR}


def right(scenario: str, pool: str, python: str) -> frozenset[Kind]:
    """The diagnoses that are right for a program that hangs. Raises KeyError for one that is not known to hang."""
    if release_of(python) < (3, 7) and (pool, scenario) in _BEFORE_37:
        return _BEFORE_37[pool, scenario]
    return _TABLES[pool][scenario]


def judge(diagnosis: str, wanted: frozenset[Kind]) -> str:
    """``right``, ``cannot tell`` or ``wrong``."""
    if diagnosis in wanted:
        return "right"
    return "cannot tell" if diagnosis == Kind.CANNOT_TELL else "wrong"
