"""Which of CPython's own tests are not run against safepool, each with its reason.

Each skip names a row of the table of deviations, which is in the docstring of `safepool.interfaces` and in the README: an
internal of the standard class that safepool does not have, or a behaviour from which it deviates on purpose. A test that
fails for anything else is a defect. Python 3.8 syntax, standard library only: the driver looks at the sub-tests.
"""

from __future__ import annotations

import fnmatch
from typing import NamedTuple


class Skip(NamedTuple):
    """`pattern` of Class.test, `start_methods` it holds for (empty: all), the row of the table of deviations, and why."""

    pattern: str
    start_methods: tuple[str, ...]
    deviation: str
    reason: str


INTERNAL = "looks at an internal of the standard class: "
EXITS = (
    "demands that sys.exit in a task raises SystemExit in the parent; with safepool it is an error of the task, "
    "because SystemExit would end the parent, silently"
)
HEALS = "demands a pool that stays broken after a death; safepool replaces the worker and goes on"

SKIPPED: tuple[Skip, ...] = (
    # The pool heals
    Skip("*ExecutorTest.test_killed_child", (), "healing", HEALS + "; it also looks at `_processes`"),
    Skip("*FailingInitializerTest.test_initializer", (), "internals", INTERNAL + "`_broken`"),
    # SystemExit does not come through
    Skip("*DeadlockTest.test_exit_during_func_exec_on_worker", (), "exits", EXITS),
    Skip("*DeadlockTest.test_exit_during_result_pickle_on_worker", (), "exits", EXITS),
    # No item is lost
    Skip(
        "*TestPool.test_imap_handle_iterable_exception",
        (),
        "imap",
        "demands that the items which an iterable gave before it raised are lost, if they were to travel with the one that did "
        "not come; safepool computes them",
    ),
    # Internals of the executor
    Skip("*DeadlockTest.test_shutdown_deadlock_pickle", (), "internals", INTERNAL + "`_executor_manager_thread`"),
    Skip(
        "*DeadlockTest.test_gh105829_*",
        (),
        "internals",
        INTERNAL + "patches `_ExecutorManagerThread` and `_ThreadWakeup`",
    ),
    Skip(
        "*ExecutorTest.test_python_finalization_error",
        (),
        "internals",
        INTERNAL + "patches how `_ExecutorManagerThread` starts",
    ),
    Skip("*ExecutorTest.test_idle_process_reuse_*", (), "internals", INTERNAL + "`_processes`"),
    Skip("*ExecutorTest.test_saturation", (), "internals", INTERNAL + "`_processes`"),
    Skip("*ExecutorTest.test_broken_process_pool_traceback", (), "internals", INTERNAL + "`_processes`"),
    Skip("*ExecutorTest.test_max_tasks_per_child", ("spawn", "forkserver"), "internals", INTERNAL + "`_processes`"),
    Skip(
        "*ExecutorTest.test_max_tasks_per_child",
        ("fork",),
        "max-tasks",
        "demands that max_tasks_per_child is refused with fork; safepool has it with every start method",
    ),
    Skip(
        "*ExecutorTest.test_max_tasks_per_child_defaults_to_spawn_context",
        (),
        "max-tasks",
        INTERNAL + "`_mp_context`; and safepool "
        "need not leave the platform's default start method for max_tasks_per_child",
    ),
    Skip("*ExecutorTest.test_force_shutdown_workers*", (), "internals", INTERNAL + "patches or reads `_processes`"),
    Skip("*ExecutorTest.test_terminate_workers", (), "internals", INTERNAL + "patches `_force_shutdown`"),
    Skip("*ExecutorTest.test_kill_workers", (), "internals", INTERNAL + "patches `_force_shutdown`"),
    Skip(
        "*ExecutorTest.test_traceback_when_child_process_terminates_abruptly",
        (),
        "internals",
        INTERNAL
        + "a private `_RemoteTraceback` as the cause, with pid and exit code in its text; safepool's error itself "
        "has both, as attributes and in its message",
    ),
    Skip(
        "*ExecutorTest.test_failed_worker_replacement_breaks_pool",
        ("spawn", "forkserver"),
        "internals",
        INTERNAL + "`_executor_manager_thread`, and patches `_spawn_worker`",
    ),
    Skip(
        "*ExecutorTest.test_force_shutdown_during_max_tasks_worker_exit",
        ("spawn", "forkserver"),
        "internals",
        INTERNAL + "`_executor_manager_thread`, and sets `_force_shutting_down`",
    ),
    # What these two are about, the scenarios max-tasks-collected and max-tasks-shutdown-nowait ask of safepool as well.
    Skip(
        "*ExecutorTest.test_gc_during_max_tasks_worker_exit_gh152967",
        ("spawn", "forkserver"),
        "internals",
        INTERNAL + "`_executor_manager_thread`",
    ),
    Skip(
        "*ExecutorTest.test_shutdown_no_wait_max_tasks_gh119592",
        ("spawn", "forkserver"),
        "internals",
        INTERNAL + "`_executor_manager_thread`",
    ),
    Skip("*ShutdownTest.test_processes_terminate", (), "internals", INTERNAL + "`_processes`"),
    Skip("*ShutdownTest.test_context_manager_shutdown", (), "internals", INTERNAL + "`_processes`"),
    Skip(
        "*ShutdownTest.test_del_shutdown",
        (),
        "internals",
        INTERNAL + "`_executor_manager_thread`, `_processes`, `_call_queue`",
    ),
    Skip(
        "*ShutdownTest.test_shutdown_no_wait",
        (),
        "internals",
        INTERNAL + "`_executor_manager_thread`, `_processes`, `_call_queue`",
    ),
    Skip(
        "*ShutdownTest.test_shutdown_gh_132969_*",
        ("spawn", "forkserver"),
        "internals",
        INTERNAL + "`_executor_manager_thread`",
    ),
    # Internals of Pool
    Skip("WithProcessesTestPool.test_make_pool", (), "internals", INTERNAL + "`_pool`"),
    Skip("WithProcessesTestPool.test_resource_warning", (), "internals", INTERNAL + "sets `_state`"),
    Skip(
        "WithProcessesTestPoolWorkerLifetime.test_pool_worker_lifetime",
        (),
        "internals",
        INTERNAL + "`_pool`, `_repopulate_pool`",
    ),
    Skip("TestPoolNotLeakOnFailure.*", (), "context", INTERNAL + "replaces Process of the context with a mock"),
)

# The same for one version of Python.
SKIPPED_ON: dict[str, tuple[Skip, ...]] = {
    "3.8": (
        Skip(
            "*ExecutorTest.test_submit_keyword",
            (),
            "newest",
            "demands the deprecated submit(fn=...), which Python 3.9 removed; safepool has the newest signature everywhere",
        ),
    ),
}

# Sub-tests of 3.8's test_crash, which is run; the pattern is that of the sub-test.
SUBTESTS = (
    Skip("*exit during func execution on worker]", (), "exits", EXITS),
    Skip("*exit during result pickle on worker]", (), "exits", EXITS),
)

#: Every skip there is.
ALL = (*SKIPPED, *(skip for skips in SKIPPED_ON.values() for skip in skips), *SUBTESTS)


def reason_to_skip(name: str, start_method: str, minor: str) -> str | None:
    """Why the test `name` (MODULE:Class.test) is not run with `start_method` on Python `minor`; None if it is run."""
    short = name.partition(":")[2]
    for skip in SKIPPED + SKIPPED_ON.get(minor, ()):
        if fnmatch.fnmatchcase(short, skip.pattern) and (not skip.start_methods or start_method in skip.start_methods):
            return skip.reason
    return None
