"""``ProcessPoolExecutor``: everything that :class:`concurrent.futures.ProcessPoolExecutor` has, over the engine."""

import signal
import weakref
from collections import deque
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as FuturesTimeout
from itertools import islice
from typing import Any, Callable, Deque, Iterable, Iterator, List, Optional, Tuple, TypeVar, Union

from .. import engine as engine_module
from ..errors import WorkerDied
from ..protocol.clock import now
from . import limits as limits_module
from . import tasks
from .common import Face, Settings, check_exit_timeout, cpu_count
from .decode import submission_error
from .futures import ExecutorTraceback, TaskFuture
from .results import MapResult

T = TypeVar("T")


class _ChunkResult(MapResult[T]):
    """The results of one chunk of :meth:`ProcessPoolExecutor.map`."""

    remote_traceback = ExecutorTraceback
    _offset = 0  # the position of its first item among all

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        text, position = super().describe_item(index)
        return text, None if position is None else self._offset + position


class ProcessPoolExecutor(Face, Executor):
    """An executor over worker processes; takes the place of :class:`concurrent.futures.ProcessPoolExecutor`.

    ``max_workers``, ``mp_context``, ``initializer``, ``initargs`` and ``max_tasks_per_child`` (with every start
    method) are as there. Beyond it, for every call: ``timeout`` (seconds), ``retries``, ``memory_limit`` (bytes or
    "2GiB"), ``return_exceptions`` (for ``map``); ``on_death``, called with a :class:`WorkerDied` for each death; and
    ``exit_timeout``, how long a worker may take to end (seconds; None: any time) at shutdown, before it is killed.
    All workers, replacements too, see the program as it was at the first call of ``submit`` or ``map``.
    Raises as :class:`safepool.Pool` does.
    """

    __module__ = "safepool"

    _kind = "executor"
    _eager = False  # its workers are made as they are needed

    def __init__(
        self,
        max_workers: Optional[int] = None,
        mp_context: Any = None,
        initializer: Optional[Callable[..., Any]] = None,
        initargs: Iterable[Any] = (),
        *,
        max_tasks_per_child: Optional[int] = None,
        timeout: Optional[float] = None,
        retries: int = 0,
        memory_limit: Union[int, str, None] = None,
        return_exceptions: bool = False,
        on_death: Optional[Callable[[WorkerDied], Any]] = None,
        exit_timeout: Optional[float] = 10.0,
    ) -> None:
        if max_workers is None:
            max_workers = cpu_count()
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if max_tasks_per_child is not None:
            if not isinstance(max_tasks_per_child, int):
                raise TypeError("max_tasks_per_child must be an integer")
            if max_tasks_per_child <= 0:
                raise ValueError("max_tasks_per_child must be >= 1")
        self._start(
            Settings(
                max_workers,
                mp_context,
                initializer,
                initargs,
                max_tasks_per_child,
                on_death,
                check_exit_timeout(exit_timeout),
            ),
            limits_module.make(timeout, memory_limit, retries),
            return_exceptions,
        )
        self._finalizer = weakref.finalize(self, self._engine.abandon, "close")
        self._finalizer.atexit = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "TaskFuture[T]":
        """``fn(*args, **kwargs)`` in a worker. Raises PoolBroken if the pool is broken, RuntimeError after shutdown.

        The arguments are pickled now or, where many megabytes of tasks wait already, in a thread of the pool when the call
        is nearly due. So who changes them afterwards may see the call get them changed, as with the standard executor.
        """
        engine = self._engine
        if engine_module.exiting():
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        if engine.state != "open":
            raise engine.refusal()
        future: TaskFuture[T] = TaskFuture(engine, (fn, args, kwargs))
        try:
            task = tasks.call_task(engine, future, 0, fn, args, kwargs, self._limits, True)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            future.set_exception(submission_error(future, 0, error))
            return future
        future._task = task
        engine.submit(task)
        return future

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: Optional[float] = None,
        chunksize: int = 1,
        buffersize: Optional[int] = None,
        return_exceptions: Optional[bool] = None,
    ) -> Iterator[T]:
        """Results in order. ``timeout`` (seconds from this call) bounds the whole; for one task use ``options``.

        ``chunksize`` items travel together, but fail one by one. With ``buffersize`` the iterables are read only so
        many items ahead of what was taken.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if buffersize is not None:
            if not isinstance(buffersize, int):
                raise TypeError("buffersize must be an integer or None")
            if buffersize < 1:
                raise ValueError("buffersize must be None or > 0")
        deadline = None if timeout is None else now() + timeout
        engine = self._engine
        if engine_module.exiting():
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        if engine.state != "open":
            raise engine.refusal()
        keep = self._return_exceptions if return_exceptions is None else return_exceptions
        limits = self._limits
        single = len(iterables) == 1
        source = iter(iterables[0]) if single else zip(*iterables)
        pending: Deque[Any] = deque()
        taken = 0  # items
        # What cannot block while the next item is asked for is handed on in groups.
        groups = buffersize is None and all(type(iterable) in (list, tuple, range) for iterable in iterables)
        made: List[Any] = []
        hand_on_at = 0.0

        def more() -> bool:
            chunk = list(islice(source, chunksize))
            if not chunk:
                return False
            nonlocal taken, made, hand_on_at
            result: _ChunkResult[T] = _ChunkResult(_Owner(engine), fn, chunk, not single, None, None, keep)
            result._offset = taken
            taken += len(chunk)
            made += tasks.make_tasks(engine, result, 0, fn, chunk, not single, limits)
            pending.append(result)
            if not groups or now() >= hand_on_at:
                hand_on()
            return True

        def hand_on() -> None:
            nonlocal made, hand_on_at
            engine.submit_many(made)
            made = []
            hand_on_at = now() + tasks.GROUP_SECONDS

        ahead = None if buffersize is None else -(-buffersize // chunksize)
        while (ahead is None or len(pending) < ahead) and more():
            pass
        if made:
            hand_on()

        def results(keep_alive: Any) -> Iterator[T]:
            try:
                while pending:
                    result = pending[0]
                    left = None if deadline is None else max(0.0, deadline - now())
                    result.wait(left)
                    if not result.ready():
                        raise FuturesTimeout()
                    pending.popleft()
                    if ahead is not None and keep_alive is not None:
                        more()
                    values = result.until_error()
                    del result
                    yield from values
            finally:
                engine.cancel_owners(pending)

        return results(self if ahead is not None else None)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; end when those that were taken are done (with ``cancel_futures``: begun)."""
        self._engine.close(cancel_futures)
        if wait:
            self._engine.join()

    def terminate_workers(self) -> None:
        """End the workers by SIGTERM (SIGKILL soon after); what is not done fails with PoolBroken."""
        self._end(signal.SIGTERM)

    def kill_workers(self) -> None:
        """End the workers by SIGKILL; what is not done fails with PoolBroken."""
        self._end(signal.SIGKILL)

    def _end(self, sig: int) -> None:
        self._engine.close(cancel=True)
        self._engine.terminate("the workers were terminated", sig)

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> Optional[bool]:
        if exc_type is not None and issubclass(exc_type, KeyboardInterrupt):
            # Ctrl-C means now: waiting for everything that was submitted would look like a hang.
            self.kill_workers()
        self.shutdown(wait=True)
        return None


class _Owner:
    """What a result needs of its pool, without keeping the executor alive."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
