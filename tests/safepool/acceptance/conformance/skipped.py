"""Which of CPython's own tests are not run against safepool, each with its reason.

A reason is either an internal of the standard class that safepool does not have, or a behaviour that safepool
deviates from on purpose and that its documentation says. A test that fails for anything else is a defect.
"""

from __future__ import annotations

import fnmatch

INTERNAL = "looks at an internal of the standard class: "
EXITS = (
    "demands that sys.exit in a task raises SystemExit in the parent; with safepool it is an error of the task, "
    "because SystemExit would end the parent, silently"
)
HEALS = "demands a pool that stays broken after a death; safepool replaces the worker and goes on"

# Pattern of Class.test, start methods it holds for (empty: all), reason.
SKIPPED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # The pool heals
    ("*ExecutorTest.test_killed_child", (), HEALS + "; it also looks at `_processes`"),
    ("*FailingInitializerTest.test_initializer", (), INTERNAL + "`_broken`"),
    # SystemExit does not come through
    ("*DeadlockTest.test_exit_during_func_exec_on_worker", (), EXITS),
    ("*DeadlockTest.test_exit_during_result_pickle_on_worker", (), EXITS),
    # Internals of the executor
    ("*DeadlockTest.test_shutdown_deadlock_pickle", (), INTERNAL + "`_executor_manager_thread`"),
    ("*DeadlockTest.test_gh105829_*", (), INTERNAL + "patches `_ExecutorManagerThread` and `_ThreadWakeup`"),
    ("*ExecutorTest.test_python_finalization_error", (), INTERNAL + "patches how `_ExecutorManagerThread` starts"),
    ("*ExecutorTest.test_idle_process_reuse_*", (), INTERNAL + "`_processes`"),
    ("*ExecutorTest.test_saturation", (), INTERNAL + "`_processes`"),
    ("*ExecutorTest.test_broken_process_pool_traceback", (), INTERNAL + "`_processes`"),
    ("*ExecutorTest.test_max_tasks_per_child", ("spawn", "forkserver"), INTERNAL + "`_processes`"),
    (
        "*ExecutorTest.test_max_tasks_per_child",
        ("fork",),
        "demands that max_tasks_per_child is refused with fork; safepool has it with every start method",
    ),
    (
        "*ExecutorTest.test_max_tasks_per_child_defaults_to_spawn_context",
        (),
        INTERNAL + "`_mp_context`; and safepool "
        "need not leave the platform's default start method for max_tasks_per_child",
    ),
    ("*ExecutorTest.test_force_shutdown_workers*", (), INTERNAL + "patches or reads `_processes`"),
    ("*ExecutorTest.test_terminate_workers", (), INTERNAL + "patches `_force_shutdown`"),
    ("*ExecutorTest.test_kill_workers", (), INTERNAL + "patches `_force_shutdown`"),
    (
        "*ExecutorTest.test_traceback_when_child_process_terminates_abruptly",
        (),
        INTERNAL
        + "a private `_RemoteTraceback` as the cause, with pid and exit code in its text; safepool's error itself "
        "has both, as attributes and in its message",
    ),
    (
        "*ExecutorTest.test_failed_worker_replacement_breaks_pool",
        ("spawn", "forkserver"),
        INTERNAL + "`_executor_manager_thread`, and patches `_spawn_worker`",
    ),
    (
        "*ExecutorTest.test_force_shutdown_during_max_tasks_worker_exit",
        ("spawn", "forkserver"),
        INTERNAL + "`_executor_manager_thread`, and sets `_force_shutting_down`",
    ),
    # What these two are about, the scenarios max-tasks-collected and max-tasks-shutdown-nowait ask of safepool as well.
    (
        "*ExecutorTest.test_gc_during_max_tasks_worker_exit_gh152967",
        ("spawn", "forkserver"),
        INTERNAL + "`_executor_manager_thread`",
    ),
    (
        "*ExecutorTest.test_shutdown_no_wait_max_tasks_gh119592",
        ("spawn", "forkserver"),
        INTERNAL + "`_executor_manager_thread`",
    ),
    ("*ShutdownTest.test_processes_terminate", (), INTERNAL + "`_processes`"),
    ("*ShutdownTest.test_context_manager_shutdown", (), INTERNAL + "`_processes`"),
    ("*ShutdownTest.test_del_shutdown", (), INTERNAL + "`_executor_manager_thread`, `_processes`, `_call_queue`"),
    ("*ShutdownTest.test_shutdown_no_wait", (), INTERNAL + "`_executor_manager_thread`, `_processes`, `_call_queue`"),
    ("*ShutdownTest.test_shutdown_gh_132969_*", ("spawn", "forkserver"), INTERNAL + "`_executor_manager_thread`"),
    # Internals of Pool
    ("WithProcessesTestPool.test_make_pool", (), INTERNAL + "`_pool`"),
    ("WithProcessesTestPool.test_resource_warning", (), INTERNAL + "sets `_state`"),
    ("WithProcessesTestPoolWorkerLifetime.test_pool_worker_lifetime", (), INTERNAL + "`_pool`, `_repopulate_pool`"),
    ("TestPoolNotLeakOnFailure.*", (), INTERNAL + "replaces Process of the context with a mock"),
)


# The same for one version of Python.
SKIPPED_ON: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "3.8": (
        (
            "*ExecutorTest.test_submit_keyword",
            (),
            "demands the deprecated submit(fn=...), which Python 3.9 removed; safepool has the newest signature everywhere",
        ),
    ),
}


def reason_to_skip(name: str, start_method: str, minor: str) -> str | None:
    """Why the test `name` (MODULE:Class.test) is not run with `start_method` on Python `minor`; None if it is run."""
    short = name.partition(":")[2]
    for pattern, start_methods, reason in SKIPPED + SKIPPED_ON.get(minor, ()):
        if fnmatch.fnmatchcase(short, pattern) and (not start_methods or start_method in start_methods):
            return reason
    return None
