"""``Pool``: everything that :class:`multiprocessing.pool.Pool` has, over the engine."""

import sys
import warnings
import weakref
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, List, Optional, TypeVar, Union

from ..errors import WorkerDied
from ..protocol.clock import now
from . import limits as limits_module
from . import tasks
from .common import CallOptions, Face, Settings, check_exit_timeout, cpu_count
from .decode import submission_error
from .iterators import IMapIterator, IMapUnorderedIterator
from .results import AsyncResult, MapResult

if TYPE_CHECKING:
    from typing import Unpack

T = TypeVar("T")


class Pool(Face):
    """A pool of worker processes; takes the place of :class:`multiprocessing.Pool`.

    ``processes``, ``initializer``, ``initargs``, ``maxtasksperchild`` and ``context`` are as there. Beyond it, for
    every call: ``timeout`` (seconds), ``retries``, ``memory_limit`` (bytes or "2GiB"), ``return_exceptions``, which the
    methods for many calls take as well (see :meth:`options`); ``on_death``, called with a :class:`WorkerDied` for
    each death; and ``exit_timeout``, how long a worker may take to end (seconds; None: any time) when the pool is
    closed, before it is killed. Raises ValueError for bad numbers, TypeError for a bad initializer, OSError if no process can be
    started, NotImplementedError on Windows.
    """

    __module__ = "safepool"

    _kind = "pool"
    _eager = True  # its workers are made at once

    def __init__(
        self,
        processes: Optional[int] = None,
        initializer: Optional[Callable[..., Any]] = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: Optional[int] = None,
        context: Any = None,
        *,
        timeout: Optional[float] = None,
        retries: int = 0,
        memory_limit: Union[int, str, None] = None,
        return_exceptions: bool = False,
        on_death: Optional[Callable[[WorkerDied], Any]] = None,
        exit_timeout: Optional[float] = 10.0,
    ) -> None:
        if processes is None:
            processes = cpu_count()
        if processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if maxtasksperchild is not None and (not isinstance(maxtasksperchild, int) or maxtasksperchild <= 0):
            raise ValueError("maxtasksperchild must be a positive int or None")
        self._start(
            Settings(
                processes, context, initializer, initargs, maxtasksperchild, on_death, check_exit_timeout(exit_timeout)
            ),
            limits_module.make(timeout, memory_limit, retries),
            return_exceptions,
        )
        self._open = True
        self._finalizer = weakref.finalize(self, self._engine.abandon, "terminate")
        self._finalizer.atexit = False

    def __repr__(self) -> str:
        kind, engine = type(self), self._engine
        state = "RUN"  # the standard pool's words
        if engine.state != "open":
            error = engine.broken_error()
            state = (
                "CLOSE" if error is None else "TERMINATE" if getattr(error, "reason", "") == "terminated" else "BROKEN"
            )
        return f"<{kind.__module__}.{kind.__qualname__} state={state} pool_size={self._size}>"

    def __del__(self, _at_the_end: Any = sys.is_finalizing) -> None:
        engine = self.__dict__.get("_engine")
        # At the end of the interpreter modules may be empty already; and pools are terminated by then.
        if (
            engine is not None
            and not _at_the_end()
            and engine.state == "open"
            and "_base" not in self.__dict__
            and not engine.foreign
        ):
            warnings.warn(f"unclosed running multiprocessing pool {self!r}", ResourceWarning, source=self, stacklevel=2)

    def __reduce__(self) -> Any:
        raise NotImplementedError("pool objects cannot be passed between processes or pickled")

    def __enter__(self) -> "Pool":
        self._check_running()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.terminate()

    def _check_running(self) -> None:
        if self._engine.state != "open":
            raise self._engine.refusal()

    # ---- one call

    def apply(self, func: Callable[..., T], args: Iterable[Any] = (), kwds: Any = None) -> T:
        """``func(*args, **kwds)`` in a worker; waits for it and returns its value or raises its error."""
        return self._apply(func, args, kwds, None, None, True).get()

    def apply_async(
        self,
        func: Callable[..., T],
        args: Iterable[Any] = (),
        kwds: Any = None,
        callback: Optional[Callable[[T], Any]] = None,
        error_callback: Optional[Callable[[BaseException], Any]] = None,
    ) -> "AsyncResult[T]":
        """As :meth:`apply`, but returns at once. The callbacks run in a thread of the pool.

        The arguments are pickled now or, where many megabytes of tasks wait already, in a thread of the pool when the call
        is nearly due. So who changes them afterwards may see the call get them changed, as with the standard pool.
        """
        return self._apply(func, args, kwds, callback, error_callback, False)

    def _apply(
        self, func: Callable[..., T], args: Iterable[Any], kwds: Any, callback: Any, error_callback: Any, wait: bool
    ) -> "AsyncResult[T]":
        if self._engine.state != "open":
            raise self._engine.refusal()
        args = tuple(args)
        result: AsyncResult[T] = AsyncResult(self, (func, args, kwds), callback, error_callback)
        try:
            task = tasks.call_task(self._engine, result, 0, func, args, kwds or None, self._limits, True)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            result.settle_item(0, submission_error(result, 0, error))
            return result
        result._task = task
        self._engine.submit(task, wait)
        return result

    # ---- many calls

    def _map(
        self,
        func: Any,
        iterable: Any,
        star: bool,
        chunksize: Optional[int],
        callback: Any = None,
        error_callback: Any = None,
    ) -> "MapResult[Any]":
        self._check_running()
        limits = self._limits
        # A list of our own: after a death the rest of a chunk is made of it, and the caller may use his for something else.
        items = iterable if type(iterable) in (tuple, range) else list(iterable)
        count = len(items)
        if chunksize is None:
            chunksize, extra = divmod(count, self._size * 4)
            if extra:
                chunksize += 1
        if count and chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        if not count:
            callback = error_callback = (
                None  # nor does the standard pool call them, of any version, where nothing is to do
            )
        result: MapResult[Any] = MapResult(self, func, items, star, callback, error_callback, self._return_exceptions)
        if not count:
            result._complete()
            return result
        engine = self._engine
        made: List[Any] = []
        # The first task goes out at once, the later ones in groups.
        told = 0
        hand_on_at = 0.0
        for first in range(0, count, chunksize):
            try:
                made += tasks.make_tasks(engine, result, first, func, items[first : first + chunksize], star, limits)
                if made and now() >= hand_on_at:
                    engine.submit_many(made)
                    told = first + chunksize
                    made = []
                    hand_on_at = now() + tasks.GROUP_SECONDS
            except Exception as error:
                if not told:
                    raise
                # The pool ended while we were at it; what was submitted has been told already.
                for index in range(told, count):
                    result.settle_item(index, error)
                return result
        if made:
            engine.submit_many(made)
        return result

    def map(
        self,
        func: Callable[[Any], T],
        iterable: Iterable[Any],
        chunksize: Optional[int] = None,
        **options: "Unpack[CallOptions]",
    ) -> List[T]:
        """``[func(x) for x in iterable]`` in the workers. Raises the first error, after all have ended."""
        return self._told(options)._map(func, iterable, False, chunksize).get()

    def map_async(
        self,
        func: Callable[[Any], T],
        iterable: Iterable[Any],
        chunksize: Optional[int] = None,
        callback: Any = None,
        error_callback: Any = None,
        **options: "Unpack[CallOptions]",
    ) -> "MapResult[T]":
        """As :meth:`map`, but returns at once."""
        return self._told(options)._map(func, iterable, False, chunksize, callback, error_callback)

    def starmap(
        self,
        func: Callable[..., T],
        iterable: Iterable[Iterable[Any]],
        chunksize: Optional[int] = None,
        **options: "Unpack[CallOptions]",
    ) -> List[T]:
        """``[func(*x) for x in iterable]`` in the workers."""
        return self._told(options)._map(func, iterable, True, chunksize).get()

    def starmap_async(
        self,
        func: Callable[..., T],
        iterable: Iterable[Iterable[Any]],
        chunksize: Optional[int] = None,
        callback: Any = None,
        error_callback: Any = None,
        **options: "Unpack[CallOptions]",
    ) -> "MapResult[T]":
        """As :meth:`starmap`, but returns at once."""
        return self._told(options)._map(func, iterable, True, chunksize, callback, error_callback)

    def _imap(self, kind: Any, func: Any, iterable: Any, chunksize: int) -> Any:
        self._check_running()
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        iterator = kind(self, func, keep_errors=self._return_exceptions)
        iterator._feed(tasks.Feeder(self._engine, iterator._incoming, func, iterable, chunksize, self._limits))
        return iterator

    def imap(
        self,
        func: Callable[[Any], T],
        iterable: Iterable[Any],
        chunksize: int = 1,
        **options: "Unpack[CallOptions]",
    ) -> Iterator[T]:
        """Results one by one, in order. The iterable is read as the work proceeds."""
        result: IMapIterator[T] = self._told(options)._imap(IMapIterator, func, iterable, chunksize)
        return result

    def imap_unordered(
        self,
        func: Callable[[Any], T],
        iterable: Iterable[Any],
        chunksize: int = 1,
        **options: "Unpack[CallOptions]",
    ) -> Iterator[T]:
        """Results one by one, as they come."""
        result: IMapIterator[T] = self._told(options)._imap(IMapUnorderedIterator, func, iterable, chunksize)
        return result

    # ---- the end

    def close(self) -> None:
        """Take no more calls; the workers end when those that were taken are done."""
        if self._engine.state == "open":
            self._engine.close()

    def terminate(self) -> None:
        """End the workers now; calls that are not done fail with :class:`PoolBroken`. Waits a few seconds at most."""
        self._engine.terminate()
        self._engine.join(10)

    def join(self) -> None:
        """Wait until the workers have ended; :meth:`close` or :meth:`terminate` has to come first."""
        if self._engine.state == "open":
            raise ValueError("Pool is still running")
        self._engine.join()
