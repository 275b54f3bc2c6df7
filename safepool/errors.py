"""Every error of safepool, a sentence each.

They subclass what callers catch today, so that ``except BrokenProcessPool`` or ``except TimeoutError`` keeps
working when a standard pool is replaced. All of them can be pickled: a pool may run inside another pool's worker.
"""

import concurrent.futures
import multiprocessing
import multiprocessing.pool
import pickle
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple

if TYPE_CHECKING:
    from concurrent.futures.process import BrokenProcessPool
else:
    try:
        from concurrent.futures.process import BrokenProcessPool
    except RuntimeError:
        # A thread is the first to import us, and the main thread has ended. From then on nobody can import that module, so nobody
        # asks for its class.
        from concurrent.futures import BrokenExecutor as BrokenProcessPool

__all__ = [
    "MemoryLimitExceeded",
    "PickleFailed",
    "PoolBroken",
    "TaskExited",
    "TaskInterrupted",
    "TaskTimeout",
    "UnpickleFailed",
    "WorkerDied",
]

_pool: Any = multiprocessing.pool
RemoteTraceback = _pool.RemoteTraceback
if TYPE_CHECKING:

    class MaybeEncodingError(Exception):
        """Known to the interpreter, not to the type checker."""

else:
    MaybeEncodingError = _pool.MaybeEncodingError


def _rebuild(cls: Callable[..., Any], args: Tuple[Any, ...], state: Dict[str, Any]) -> Any:
    error = cls(*args)
    error.__dict__.update(state)
    return error


class _Described(Exception):
    """Attributes by keyword, shared by the errors below; keeps them, and the cause, through pickle."""

    def __init__(self, message: str = "", **attributes: Any) -> None:
        # Not super(): some of the standard errors that ours are mixed with want other arguments.
        BaseException.__init__(self, message)
        self.args = (message,)
        self.__dict__.update(attributes)

    def __reduce__(self) -> Tuple[Any, ...]:
        return _rebuild, (type(self), self.args[:1], dict(self.__dict__))


class WorkerDied(_Described, BrokenProcessPool):
    """The worker process of this one task died; the other tasks and the pool go on.

    Attributes: ``pid``; ``exitcode`` as in :attr:`multiprocessing.Process.exitcode` (negative for a signal, None
    if nobody could tell); ``signal`` (its name, or None); ``cause`` (a short word: "exit", "signal", "oom",
    "memory limit", "timeout", "terminated", "result lost", "unknown"); ``oom`` ("certain", "likely" or None) and
    ``evidence`` (what says so); ``stage`` (what the worker was doing: "starting",
    "idle", "receiving", "unpickling", "running", "pickling", "sending"); ``task`` (the call as text); ``index``
    (its position in the call, or None); ``rss`` (peak resident memory in bytes, or None); ``attempts`` (how often
    the task was started).
    """

    __module__ = "safepool"

    pid: Optional[int] = None
    exitcode: Optional[int] = None
    signal: Optional[str] = None
    cause: str = "unknown"
    oom: Optional[str] = None
    evidence: Optional[str] = None
    stage: Optional[str] = None
    task: Optional[str] = None
    index: Optional[int] = None
    rss: Optional[int] = None
    attempts: int = 1


class MemoryLimitExceeded(WorkerDied, MemoryError):
    """The worker took more memory than ``memory_limit`` during this task, and the pool killed it.

    What counts is what it has written and shares with nobody, beyond what it held before its first task with a limit: not what it
    was forked with, nor files that it maps.

    Attributes beside those of :class:`WorkerDied`: ``limit`` in bytes.
    """

    __module__ = "safepool"

    limit: Optional[int] = None


if sys.version_info >= (3, 11):

    class _AnyTimeout(multiprocessing.TimeoutError, TimeoutError):
        pass

else:

    class _AnyTimeout(concurrent.futures.TimeoutError, multiprocessing.TimeoutError, TimeoutError):
        pass


class TaskTimeout(_Described, _AnyTimeout):
    """The task ran longer than its ``timeout``; the pool killed its worker by SIGKILL.

    It is a TimeoutError of all three kinds (builtin, :mod:`concurrent.futures`, :mod:`multiprocessing`), which
    are different classes before Python 3.11. Attributes: ``timeout`` in seconds, ``pid``, ``stage``, ``task``,
    ``index``, ``attempts``.
    """

    __module__ = "safepool"

    timeout: Optional[float] = None
    pid: Optional[int] = None
    stage: Optional[str] = None
    task: Optional[str] = None
    index: Optional[int] = None
    attempts: int = 1


class PoolBroken(_Described, BrokenProcessPool):
    """The pool cannot work any more: its workers die before they can start, or it was terminated.

    Attributes: ``reason`` (a short word: "start", "initializer", "template", "thread", "interrupted", "engine", "terminated").
    ``__cause__`` carries the traceback from the worker where there is one.
    """

    __module__ = "safepool"

    reason: str = "unknown"


class TaskExited(_Described):
    """The task raised SystemExit (``sys.exit()``); the worker lives on.

    It is not a SystemExit, since that would end the parent when it is raised again by ``result()`` or ``get()``.
    Attributes: ``code`` (the argument of ``sys.exit`` if it was an int or None, else its text), ``task``, ``index``.
    """

    __module__ = "safepool"

    code: Any = None
    task: Optional[str] = None
    index: Optional[int] = None


class TaskInterrupted(_Described):
    """The task raised KeyboardInterrupt, GeneratorExit or another BaseException that is no Exception.

    Raised as itself by ``result()`` or ``get()`` it would end the parent past every ``except Exception``.
    Attributes: ``exception`` (its text), ``task``, ``index``.
    """

    __module__ = "safepool"

    exception: Optional[str] = None
    task: Optional[str] = None
    index: Optional[int] = None


class PickleFailed(_Described, MaybeEncodingError, pickle.PicklingError):
    """The result of the task, or the exception that it raised, cannot be pickled.

    Attributes: ``exc`` and ``value``, the texts of the pickling error and of the result, as in
    :class:`multiprocessing.pool.MaybeEncodingError`; ``task``, ``index``.
    """

    __module__ = "safepool"

    exc: Optional[str] = None
    value: Optional[str] = None
    task: Optional[str] = None
    index: Optional[int] = None

    def __str__(self) -> str:
        return str(self.args[0])


class UnpickleFailed(_Described, BrokenProcessPool, pickle.UnpicklingError):
    """The task could not be unpickled in the worker, or its result or exception not in the parent.

    Attributes: ``stage`` ("unpickling the task", "unpickling the result", "unpickling the exception"), ``exc``
    (the text of the error), ``task``, ``index``.
    """

    __module__ = "safepool"

    stage: Optional[str] = None
    exc: Optional[str] = None
    task: Optional[str] = None
    index: Optional[int] = None
