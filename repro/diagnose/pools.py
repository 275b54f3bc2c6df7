"""Which pools there are, by the functions of their source that stand on the stacks. Pure.

A worker is known by the function in which a pool's workers have their loop, and by what stands above that: nothing but the
queue's functions in one that waits for a task. CPython's Pool and executor have had the same names from 3.6 to 3.15.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from repro.verdicts.stacks import Frame, Thread

POOL, EXECUTOR = "multiprocessing.Pool", "ProcessPoolExecutor"
#: Pool and its copy, which replace a worker that has ended, and forget its task.
POOLS = frozenset({POOL, "multiprocess.Pool"})

#: Pool, the function in which its workers have their loop, the end of that one's file, and the functions that it calls to get a
#: task and to send a result.
WORKERS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (POOL, "worker", "multiprocessing/pool.py", ("get",), ("put",)),
    (EXECUTOR, "_process_worker", "concurrent/futures/process.py", ("get",), ("put", "_sendback_result")),
    ("loky", "_process_worker", "loky/process_executor.py", ("get",), ("put", "_sendback_result")),
    ("multiprocess.Pool", "worker", "multiprocess/pool.py", ("get",), ("put",)),
    ("billiard.Pool", "workloop", "billiard/pool.py", ("wait_for_job", "get", "receive"), ("put",)),
    ("pebble", "process_tasks", "pebble/pool/process.py", ("worker_get_next_task",), ("send_result",)),
    ("torch DataLoader", "_worker_loop", "torch/utils/data/_utils/worker.py", ("get",), ("put",)),
    ("safepool", "_run_units", "safepool/worker/loop.py", (), ("finish", "flush")),
    ("safepool", "_serve", "safepool/worker/loop.py", ("read",), ()),
)
#: Those whose workers wait for a task without a lock that others want: each has a pipe of its own, or asks before it takes one.
FREE = frozenset({"pebble", "safepool", "torch DataLoader"})
#: Functions of service threads in the program's own process, with the end of their file, and whose they are.
SERVICE: tuple[tuple[str, str, str], ...] = (
    ("_handle_workers", "multiprocessing/pool.py", POOL),
    ("_handle_tasks", "multiprocessing/pool.py", POOL),
    ("_handle_results", "multiprocessing/pool.py", POOL),
    ("wait_result_broken_or_wakeup", "concurrent/futures/process.py", EXECUTOR),
    ("_queue_management_worker", "concurrent/futures/process.py", EXECUTOR),
    ("run", "concurrent/futures/process.py", EXECUTOR),
    ("run", "loky/process_executor.py", "loky"),
    ("_handle_workers", "multiprocess/pool.py", "multiprocess.Pool"),
    ("_handle_tasks", "multiprocess/pool.py", "multiprocess.Pool"),
    ("_handle_results", "multiprocess/pool.py", "multiprocess.Pool"),
    ("body", "billiard/pool.py", "billiard.Pool"),
    ("pool_manager_loop", "pebble/pool/process.py", "pebble"),
    ("_pin_memory_loop", "torch/utils/data/_utils/pin_memory.py", "torch DataLoader"),
    ("run", "safepool/engine/loop.py", "safepool"),
)
#: Those who start workers, or clean up behind them, and are none.
HELPERS: tuple[tuple[str, str, str], ...] = (
    ("main", "forkserver.py", "the fork server"),
    ("main", "resource_tracker.py", "the resource tracker"),
    ("main", "semaphore_tracker.py", "the resource tracker"),
    ("run", "safepool/worker/template.py", "safepool's template"),
)
#: The same by their command, where there are no stacks.
HELPER_COMMANDS: tuple[tuple[str, str], ...] = (
    ("forkserver import main", "the fork server"),
    ("resource_tracker import main", "the resource tracker"),
    ("semaphore_tracker import main", "the resource tracker"),
    ("loky.backend.resource_tracker", "the resource tracker"),
)


#: Those that have no record of who has which task, or wait for what may never come: only in these a task can be lost unseen. The
#: others notice each death themselves; billiard's Pool after ten seconds.
FORGETFUL = POOLS | {EXECUTOR}
#: The files of pools from which a thread of theirs may call the program's code: a callback, an iterable.
_OWN_FILES = re.compile(
    r"/(multiprocessing|multiprocess|billiard)/pool\.py$|/concurrent/futures/\w+\.py$|/(loky|joblib|pebble)/"
    r"|/safepool/(engine|interfaces)/\w+\.py$|/torch/utils/data/"
)

#: The files of the functions by which a worker gets a task and sends a result: a task may be a function of the same name, as
#: ``requests.get`` is.
_OF_THE_LOOP = re.compile(
    r"/(multiprocessing|multiprocess|billiard)/(queues|pool)\.py$|/concurrent/futures/process\.py$"
    r"|/(loky|pebble|safepool/worker)/|/torch/utils/data/"
)

#: What stands in the command of a worker that was not forked.
_WORKER_COMMANDS = ("multiprocessing", "multiprocess.spawn", "billiard.", "loky.backend.popen_loky")


class Stage(Enum):
    """What a worker does, in the words of the diagnosis."""

    READS = "waits for a task, and has the lock of the queue"
    LOCKED = "waits for the lock of the queue"
    WAITS = "waits for a task"
    TASK = "is in a task"
    SENDS = "sends a result"
    SEND_LOCKED = "waits for the lock of the result queue"
    STARTS = "is starting"
    STOPPED = "is stopped"
    ENDED = "has ended, and nobody has asked for its status"
    LEAVES = "has left its last task, and waits for its own threads"
    UNKNOWN = "can't be looked into"

    @property
    def idle(self) -> bool:
        return self in (Stage.READS, Stage.LOCKED, Stage.WAITS)


@dataclass(frozen=True)
class Role:
    """Of which pool a thread is a worker, and the frames of what it does: innermost first, without the pool's loop."""

    pool: str
    inner: Sequence[Frame]
    loop: Frame
    gets: tuple[str, ...]
    puts: tuple[str, ...]

    @property
    def stage(self) -> Stage:
        """By the function that the loop has called."""
        called = self.inner[-1] if self.inner else None
        functions = {frame.function for frame in self.inner}
        if called is None:
            return Stage.STARTS
        if not _OF_THE_LOOP.search(f"/{called.file}"):
            return Stage.TASK
        if called.function in self.gets:
            innermost = self.inner[0]
            if innermost.function in ("__enter__", "acquire") or (
                innermost is called and ".acquire(" in innermost.source
            ):
                return Stage.LOCKED
            return Stage.WAITS if self.pool in FREE else Stage.READS
        if called.function in self.puts:
            return Stage.SEND_LOCKED if "__enter__" in functions and "_send" not in functions else Stage.SENDS
        return Stage.TASK


def role(thread: Thread) -> Role | None:
    """Of a worker's main thread; of one that another worker has forked, the innermost loop counts. What stands below a process's
    beginning is the stack of the thread that has forked it."""
    for number, frame in enumerate(thread.frames):
        if frame.function == "_bootstrap" and frame.file.endswith("/process.py"):
            return None
        for pool, function, file, gets, puts in WORKERS:
            if frame.function == function and _is(frame, file):
                return Role(pool, thread.frames[:number], frame, gets, puts)
    return None


def service(thread: Thread) -> str:
    """The pool of which a thread is a service thread, or ""."""
    for function, file, pool in SERVICE:
        if any(frame.function == function and _is(frame, file) for frame in thread.frames):
            return pool
    return ""


def in_thread_pool(thread: Thread) -> str:
    """The pool of threads of which a thread is a worker: the end of the file in which that has its loop; or ""."""
    return "" if thread.main else next((file for file in THREAD_POOLS if _loops_in(thread, file)), "")


#: Those are no pools of processes: the ends of their files, and the function in which their workers have their loop.
THREAD_POOLS = {"multiprocessing/pool.py": "worker", "concurrent/futures/thread.py": "_worker"}


def _loops_in(thread: Thread, file: str) -> bool:
    return any(frame.function == THREAD_POOLS[file] and _is(frame, file) for frame in thread.frames)


def at_work_in_a_thread(thread: Thread) -> bool:
    """Whether a worker of ``ThreadPoolExecutor`` has a task: it is in more than its loop, which waits in C."""
    return in_thread_pool(thread) == "concurrent/futures/thread.py" and thread.frames[0].function != "_worker"


def serves_threads(thread: Thread) -> bool:
    """Whether a thread is a service thread of ``multiprocessing.pool.ThreadPool``: it has the functions of Pool's, and a queue
    within the process (``queue.SimpleQueue``; ``queue.Queue`` up to 3.6)."""
    queues = [frame.values.get("outqueue", "") for frame in thread.frames if service(thread) == POOL]
    return any(one.startswith(("<_queue.SimpleQueue", "<Queue")) for one in queues)


def starts_workers(command: str) -> bool:
    """Whether a process with this command is one that a pool has started."""
    return any(words in command for words in _WORKER_COMMANDS)


def of_a_pool(thread: Thread) -> bool:
    """Whether a thread was started by a pool, of whatever kind: its outermost frame, but for those of ``threading``, is one of a
    pool's own files."""
    begins = next((frame for frame in reversed(thread.frames) if not frame.file.endswith("/threading.py")), None)
    return not thread.main and begins is not None and bool(_OWN_FILES.search(f"/{begins.file}"))


def helper(thread: Thread | None, command: str) -> str:
    """What a process is that is no worker: the fork server, or the like; or ""."""
    for frame in thread.frames if thread is not None and role(thread) is None else ():
        if frame.function == "_bootstrap" and _is(frame, "multiprocessing/process.py"):
            return ""  # it was started by a helper, which stands below, or by the program, and will be a worker
        for function, file, name in HELPERS:
            if frame.function == function and _is(frame, file):
                return name
    if thread is None or not thread.frames:
        return next((name for words, name in HELPER_COMMANDS if words in command), "")
    return ""


def _is(frame: Frame, file: str) -> bool:
    return f"/{frame.file}".endswith(f"/{file}")
