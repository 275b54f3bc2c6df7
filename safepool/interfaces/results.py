"""What the methods of :class:`safepool.Pool` return for one call or a list of them.

A result is unpickled by the thread that asks for it; callbacks run in a thread of their own (:mod:`safepool.helper`).
"""

import threading
from concurrent.futures import CancelledError
from typing import Any, Generic, Iterator, List, Optional, Set, Tuple, TypeVar

from ..describe import describe_call
from ..errors import RemoteTraceback
from ..protocol.words import RUN
from .decode import decode

T = TypeVar("T")


class AsyncResult(Generic[T]):
    """What :meth:`Pool.apply_async` returns; as :class:`multiprocessing.pool.AsyncResult`."""

    __module__ = "safepool"

    remote_traceback = RemoteTraceback
    waited_for_at_once = False

    def __init__(self, pool: Any, call: Any, callback: Any, error_callback: Any) -> None:
        self._pool = pool
        self._engine = pool._engine
        self._call = call
        self._callback = callback
        self._error_callback = error_callback
        self._settled = False
        self._event: Optional[threading.Event] = None
        self._entry: Any = None
        self._value: Any = None
        self._success = False
        self._decoded = False
        self._task: Any = None

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        return (describe_call(*self._call) if self._call else None), None

    def settle_item(self, index: int, entry: Any) -> None:
        if self._settled:
            return
        self._entry = entry
        self._task = None
        self._complete()

    def settle_cancelled(self, index: int, count: int) -> None:
        for i in range(index, index + count):
            self.settle_item(i, CancelledError("the pool was shut down before the task began"))

    def _complete(self) -> None:
        """The entry is there. As with the standard pool, callbacks come before anybody who waits."""
        if self._callback is not None or self._error_callback is not None:
            self._engine.call_back(self._notify)
        else:
            self._settle()

    def _settle(self) -> None:
        # First the flag, then the event: a waiter does it the other way round, so one of us sees the other.
        self._settled = True
        if self._event is not None:
            self._event.set()
        self._pool = None

    def _notify(self) -> None:
        try:
            self._decode()
            callback = self._callback if self._success else self._error_callback
            self._callback = self._error_callback = None
            if callback is not None:
                self._engine.call_back_here(callback, self._value)
        finally:
            self._settle()

    def others_left(self) -> int:
        """How many tasks the message of a death calls not affected."""
        return int(self._engine.unfinished)

    def refill_part(self, part: Any) -> None:
        """Pickle this call again, for a retry. Runs users' code."""
        from .tasks import call_task

        fn, args, kwargs = self._call
        task = call_task(self._engine, self, 0, fn, args, kwargs or None, part.limits)
        part.payload, part.size = task.payload, task.size

    def _decode(self) -> None:
        if self._decoded:
            return
        # The first of several threads makes the lock; setdefault is atomic.
        with self.__dict__.setdefault("_lock", threading.RLock()):
            if not self._decoded:
                self._success, self._value = decode(self, 0, self._entry)
                self._entry = self._call = None
                self._decoded = True

    def ready(self) -> bool:
        """Is the result there?"""
        return self._settled

    def successful(self) -> bool:
        """Did the call return without an exception? Raises ValueError if it is not ready."""
        if not self._settled:
            raise ValueError(f"{self!r} not ready")
        self._decode()
        return self._success

    def wait(self, timeout: Optional[float] = None) -> None:
        """Wait until the result is there, or ``timeout`` seconds."""
        if self._settled:
            return
        if self._engine.foreign:
            raise self._engine.foreign_error()
        task = self._task
        if task is not None and (timeout is None or timeout > 0.002):
            self._engine.lead(task)
        if self.ready():
            return
        event = self._event
        if event is None:
            event = self._event = self.__dict__.setdefault("_first_event", threading.Event())
        if not self.ready():
            event.wait(timeout)

    def get(self, timeout: Optional[float] = None) -> T:
        """The result; raises what the call raised, or multiprocessing.TimeoutError after ``timeout`` seconds."""
        self.wait(timeout)
        if not self._settled:
            import multiprocessing

            raise multiprocessing.TimeoutError
        self._decode()
        if self._success:
            value: T = self._value
            return value
        try:
            raise self._value
        finally:
            # The traceback refers to this frame, which must not refer back to the exception.
            self = None  # type: ignore[assignment]


class MapResult(AsyncResult[List[T]]):
    """The results of a map, in order."""

    def __init__(
        self, pool: Any, fn: Any, items: Any, star: bool, callback: Any, error_callback: Any, keep_errors: bool
    ) -> None:
        super().__init__(pool, None, callback, error_callback)
        self._fn = fn
        self._items = items
        self._star = star
        self._keep_errors = keep_errors
        self._left = len(items)
        self._values: Any = None
        self._failed: Set[int] = set()
        self._entries: Any = [None] * len(items)
        self._special: List[int] = []  # the items whose entries are not simply their values

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        items = self._items
        if items is None or index >= len(items):
            return "<call>", index
        item = items[index]
        return describe_call(self._fn, item if self._star else (item,)), index

    def others_left(self) -> int:
        return len(self._items) - 1

    def refill_part(self, part: Any) -> None:
        from .tasks import refill

        refill(self._engine, part, self._fn, self._items[part.index : part.index + part.count], self._star)

    def _values_until_error(self) -> Iterator[T]:
        """The results up to the first error, which is raised; decoded before."""
        values = self._values
        self._values = self._value = None
        values.reverse()
        index = 0
        while values:
            if index in self._failed:
                raise values.pop()
            yield values.pop()  # and keep no reference to it
            index += 1

    def settle_item(self, index: int, entry: Any) -> None:
        if type(entry) is tuple and entry[0] == RUN:
            values = entry[1]
            self._entries[index : index + len(values)] = values
            self._left -= len(values)
        else:
            self._entries[index] = entry
            if type(entry) is tuple or isinstance(entry, BaseException):
                self._special.append(index)
            self._left -= 1
        if not self._left:
            self._complete()

    def _decode(self) -> None:
        if self._decoded:
            return
        with self.__dict__.setdefault("_lock", threading.RLock()):
            if self._decoded:
                return  # type: ignore[unreachable]
            values = self._entries
            error = None
            for index in sorted(self._special):
                good, value = decode(self, index, values[index])
                values[index] = value
                if not good and not self._keep_errors:
                    self._failed.add(index)
                    error = value if error is None else error
            self._values = values
            self._success = error is None
            self._value = values if error is None else error
            self._entries = self._items = self._fn = None
            self._decoded = True
