"""What callers hold: futures, ``AsyncResult``s and iterators. They are the *owners* of tasks.

The engine gives them entries as they came from the workers and runs no user's code: a result is unpickled by the
thread that asks for it, and callbacks run in a thread of their own (:mod:`safepool.helper`). So neither a
``__setstate__`` that hangs nor a callback that blocks can keep the engine from noticing a death.
"""

import collections
import threading
import time
from concurrent.futures import Future
from concurrent.futures.process import _RemoteTraceback as ExecutorTraceback  # type: ignore[attr-defined]
from typing import Any, Callable, Deque, Dict, Generic, Iterator, List, Optional, Tuple, TypeVar

from . import codec, postmortem
from .codec import EXITED, NOT_PICKLED, NOT_UNPICKLED, RAISED, RUN, VALUE
from .errors import PickleFailed, RemoteTraceback, TaskExited, TaskInterrupted, UnpickleFailed

T = TypeVar("T")


def _where(owner: Any, index: int) -> Tuple[Optional[str], Optional[int], str]:
    task, position = owner._describe(index)
    text = task if position is None else "task %d, %s" % (position, task)
    return task, position, text


def decode(owner: Any, index: int, entry: Any) -> Tuple[bool, Any]:
    """(True, the value) or (False, the exception) of an entry for item ``index``. Runs users' code; never raises."""
    if type(entry) is not tuple:
        return (False, entry) if isinstance(entry, BaseException) else (True, entry)
    kind = entry[0]
    if kind == VALUE:
        try:
            return True, codec.loads(entry[1], entry[2] if len(entry) > 2 else ())
        except BaseException as error:
            return False, _not_unpickled(owner, index, "result", error)
    remote = owner._remote_traceback
    if kind == RAISED:
        text = entry[2]
        try:
            raised = codec.loads(entry[1], entry[3] if len(entry) > 3 else ())
            if not isinstance(raised, BaseException):
                raise TypeError("it unpickles as a %s" % type(raised).__name__)
        except BaseException as error:
            failed = _not_unpickled(owner, index, "exception", error)
            failed.__cause__ = remote(text)
            return False, failed
        if not isinstance(raised, Exception):
            code = raised.code if isinstance(raised, SystemExit) else None
            return False, _exited(owner, index, code, text, None if isinstance(raised, SystemExit) else repr(raised))
        raised.__cause__ = remote(text)
        return False, raised
    if kind == EXITED:
        return False, _exited(owner, index, *entry[1:])
    task, position, where = _where(owner, index)
    if kind == NOT_PICKLED:
        what = "exception" if entry[1] else "result"
        error = PickleFailed(
            "Error sending the %s of %s: %r. Reason: %r" % (what, where, entry[3], entry[2]),
            exc=entry[2], value=entry[3], task=task, index=position,
        )  # fmt: skip
        error.__cause__ = remote(entry[4])
        return False, error
    assert kind == NOT_UNPICKLED
    broken = UnpickleFailed(
        "%s could not be unpickled in the worker: %s. Is everything that it refers to importable there?"
        % (where, entry[1]),
        stage="unpickling the task", exc=entry[1], task=task, index=position,
    )  # fmt: skip
    broken.__cause__ = remote(entry[2])
    return False, broken


def _exited(owner: Any, index: int, code: Any, text: str, other: Optional[str]) -> BaseException:
    task, position, where = _where(owner, index)
    error: BaseException
    if other is not None:
        error = TaskInterrupted("%s raised %s" % (where, other), exception=other, task=task, index=position)
        error.__cause__ = owner._remote_traceback(text)
        return error
    error = TaskExited("%s called sys.exit(%s)" % (where, "" if code is None else code), code=code, task=task, index=position)
    error.__cause__ = owner._remote_traceback(text)
    return error


def _not_unpickled(owner: Any, index: int, what: str, error: BaseException) -> UnpickleFailed:
    task, position, where = _where(owner, index)
    try:
        text = repr(error)
    except BaseException:
        text = type(error).__name__
    failed = UnpickleFailed(
        "the %s of %s could not be unpickled: %s. The task had finished; it was not run again." % (what, where, text),
        stage="unpickling the %s" % what, exc=text, task=task, index=position,
    )  # fmt: skip
    failed.__cause__ = error
    return failed


def submission_error(owner: Any, index: int, error: BaseException) -> BaseException:
    """What a caller gets when pickling a task raised ``error``: that, unless it would end the parent."""
    if isinstance(error, SystemExit):
        task, position, where = _where(owner, index)
        exited = TaskExited(
            "pickling %s called sys.exit(%s)" % (where, error.code), code=error.code, task=task, index=position
        )
        exited.__cause__ = error
        return exited
    if not isinstance(error, Exception):
        task, position, where = _where(owner, index)
        text = type(error).__name__
        other = TaskInterrupted("pickling %s raised %s" % (where, text), exception=text, task=task, index=position)
        other.__cause__ = error
        return other
    return error


class TaskFuture(Future, Generic[T]):  # type: ignore[type-arg]
    """A :class:`concurrent.futures.Future` whose result is unpickled when somebody asks for it."""

    _remote_traceback = ExecutorTraceback

    # Most futures are never waited for by more than their result(), if at all: what the base class makes at once
    # (a condition, its lock, two lists) is made when it is asked for. setdefault is atomic.

    def __init__(self, engine: Any, call: Any) -> None:
        self._state = "PENDING"
        self._result: Any = None
        self._exception: Optional[BaseException] = None
        self._engine = engine
        self._call = call
        self._task: Any = None
        self._entry: Any = None
        self._undecoded = False

    @property
    def _condition(self) -> threading.Condition:  # type: ignore[override]
        made = self.__dict__.get("_made_condition")
        if made is None:
            self._watched()
        return made or self.__dict__.setdefault("_made_condition", threading.Condition())  # type: ignore[no-any-return]

    def _watched(self) -> None:
        """Somebody looks at this future in another way than by result(): see to it that the engine does too."""
        task = self._task
        if task is not None and self._engine._expected is task:
            self._engine.unlead(task)

    def done(self) -> bool:
        self._watched()
        return self._state != "PENDING"

    @property
    def _waiters(self) -> List[Any]:  # type: ignore[override]
        return self.__dict__.setdefault("_made_waiters", [])  # type: ignore[no-any-return]

    @property
    def _done_callbacks(self) -> List[Any]:  # type: ignore[override]
        return self.__dict__.setdefault("_made_callbacks", [])  # type: ignore[no-any-return]

    def _describe(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        call = self._call
        return (postmortem.describe_call(*call) if call else None), None

    def _others(self) -> int:
        """How many tasks the message of a death calls not affected."""
        return int(self._engine.core.unfinished)

    def _refill(self, part: Any) -> None:
        """Pickle this call again, for a retry. Runs users' code."""
        from .tasks import call_task

        fn, args, kwargs = self._call
        task = call_task(self._engine, self, 0, fn, args, kwargs or None, part.limits)
        part.payload, part.size = task.payload, task.size
        self._task = part

    def _deliver(self, index: int, entry: Any) -> None:
        if self._state != "PENDING":
            return
        self._task = None
        failed = False
        if type(entry) is tuple:
            self._entry = entry
            self._undecoded = True
            failed = entry[0] != VALUE
        elif isinstance(entry, BaseException):
            self._exception = entry
            self._call = None
            failed = True
        else:
            self._result = entry
            self._call = None
        # First the state, then a look for somebody who waits. Who waits makes the condition first and looks at the
        # state then, so one of us sees the other.
        self._state = "FINISHED"
        mine = self.__dict__
        if "_made_condition" in mine:
            with self._condition:
                for waiter in mine.get("_made_waiters", ()):
                    if failed:
                        waiter.add_exception(self)
                    else:
                        waiter.add_result(self)
                self._condition.notify_all()
        if mine.get("_made_callbacks"):
            self._engine.helper.call(self._notify)

    def _notify(self) -> None:
        self._decode()
        for callback in self._done_callbacks:
            self._engine.helper.guard(callback, self)

    def _decode(self) -> None:
        with self._condition:
            if not self._undecoded or self._state != "FINISHED":
                return
            entry, self._entry = self._entry, None
            if entry is None:
                # Another thread decodes it, or this one does, further up (a __setstate__ that asks again).
                while self._undecoded:
                    if not self._condition.wait(60):
                        break
                return
        good, value = decode(self, 0, entry)
        with self._condition:
            if good:
                self._result = value
            else:
                self._exception = value
            self._undecoded = False
            self._call = None
            self._condition.notify_all()

    def result(self, timeout: Optional[float] = None) -> T:
        if self._state != "FINISHED":
            self._await(timeout)
        if self._undecoded:
            self._decode()
        value: T = super().result(0)
        return value

    def exception(self, timeout: Optional[float] = None) -> Optional[BaseException]:
        if self._state != "FINISHED":
            self._await(timeout)
        if self._undecoded:
            self._decode()
        return super().exception(0)

    def _await(self, timeout: Optional[float]) -> None:
        task = self._task
        if task is not None and (timeout is None or timeout > 0.002):
            self._engine.lead(task)
            if self._state == "FINISHED":
                return
        with self._condition:
            if self._state not in ("FINISHED", "CANCELLED", "CANCELLED_AND_NOTIFIED"):
                if self._engine.foreign:
                    raise RuntimeError(self._engine.foreign_text())
                self._condition.wait(timeout)

    def _get_snapshot(self) -> Any:
        """What asyncio reads from Python 3.14 on."""
        if self._undecoded:
            self._decode()
        return super()._get_snapshot()  # type: ignore[misc]

    def add_done_callback(self, fn: Callable[["Future[T]"], object]) -> None:
        if self._undecoded:
            self._decode()
        super().add_done_callback(fn)

    def running(self) -> bool:
        task = self._task
        return self._state == "PENDING" and task is not None and task.state == "assigned"

    def cancel(self) -> bool:
        task = self._task
        if self._state == "PENDING" and task is not None and not self._engine.cancel(task):
            return False
        return self._cancelled_by_us() if self._state == "PENDING" else super().cancel()

    def _cancelled_by_us(self) -> bool:
        super().cancel()
        self._task = self._call = None
        try:
            # Or wait() and as_completed() would wait for it: nobody else will ever look at this future again.
            return self.set_running_or_notify_cancel() is False
        except BaseException:
            return True


class AsyncResult(Generic[T]):
    """What :meth:`Pool.apply_async` returns; as :class:`multiprocessing.pool.AsyncResult`."""

    _remote_traceback = RemoteTraceback

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

    def _describe(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        return (postmortem.describe_call(*self._call) if self._call else None), None

    def _deliver(self, index: int, entry: Any) -> None:
        if self._settled:
            return
        self._entry = entry
        self._task = None
        self._complete()

    def _complete(self) -> None:
        """The entry is there. As with the standard pool, callbacks come before anybody who waits."""
        if self._callback is not None or self._error_callback is not None:
            self._engine.helper.call(self._notify)
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
                self._engine.helper.guard(callback, self._value)
        finally:
            self._settle()

    def _others(self) -> int:
        """How many tasks the message of a death calls not affected."""
        return int(self._engine.core.unfinished)

    def _refill(self, part: Any) -> None:
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
            raise ValueError("{0!r} not ready".format(self))
        self._decode()
        return self._success

    def wait(self, timeout: Optional[float] = None) -> None:
        """Wait until the result is there, or ``timeout`` seconds."""
        if self._settled:
            return
        if self._engine.foreign:
            raise RuntimeError(self._engine.foreign_text())
        task = self._task
        if task is not None and (timeout is None or timeout > 0.002):
            self._engine.lead(task)
            if self._settled:
                return
        event = self._event
        if event is None:
            event = self._event = self.__dict__.setdefault("_first_event", threading.Event())
        if not self._settled:
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
        self._entries: Any = [None] * len(items)
        self._special: List[int] = []  # the items whose entries are not simply their values

    def _describe(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        items = self._items
        if items is None or index >= len(items):
            return "<call>", index
        item = items[index]
        return postmortem.describe_call(self._fn, item if self._star else (item,)), index

    def _others(self) -> int:
        return len(self._items) - 1

    def _refill(self, part: Any) -> None:
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

    def _deliver(self, index: int, entry: Any) -> None:
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
                return
            values = self._entries
            error = None
            self._failed = set()
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


def _weight(entry: Any) -> int:
    """The bytes of a pickled result."""
    return len(entry[1]) + (sum(map(len, entry[2])) if len(entry) > 2 else 0)


class IMapIterator(Generic[T]):
    """Results one by one, in order; a chunk's items too."""

    _remote_traceback = RemoteTraceback
    ordered = True

    def __init__(self, pool: Any, fn: Any, star: bool = False, keep_errors: bool = False) -> None:
        self._pool = pool
        self._engine = pool._engine
        self._fn = fn
        self._star = star
        self._keep_errors = keep_errors
        self._condition = threading.Condition(threading.Lock())
        self._waiting = False
        self._ready: Deque[Tuple[int, Any]] = collections.deque()
        self._early: Dict[int, Any] = {}
        self._next = 0  # the item that next() returns
        self._length: Optional[int] = None  # how many there are, once the iterable has ended
        self._taken = 0  # how many next() has returned
        self._calls: Dict[int, Any] = {}  # first item of each chunk in flight -> its items
        self._delivered = 0
        self._open_items: Dict[int, int] = {}  # first item of a chunk -> how many of it are not settled
        self._bytes = 0  # of results that nobody has asked for

    def _describe(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        item = self._item(index)
        if item is None:
            return getattr(self._fn, "__qualname__", "<call>"), index
        return postmortem.describe_call(self._fn, item[0] if self._star else item), index

    def _item(self, index: int) -> Optional[Tuple[Any]]:
        for first, items in list(self._calls.items()):
            if first <= index < first + len(items):
                return (items[index - first],)
        return None

    def _deliver(self, index: int, entry: Any) -> None:
        self._deliver_many([(index, entry)])

    def _deliver_many(self, entries: List[Tuple[int, Any]]) -> None:
        new: List[Tuple[int, Any]] = []
        for index, entry in entries:
            if type(entry) is tuple:
                if entry[0] == RUN:
                    new += enumerate(entry[1], index)
                    continue
                if entry[0] == VALUE:
                    self._bytes += _weight(entry)
            new.append((index, entry))
        with self._condition:
            if self.ordered:
                early = self._early
                for number, what in new:
                    early[number] = what
                following = self._next + len(self._ready)
                while following in early:
                    self._ready.append((following, early.pop(following)))
                    following += 1
            else:
                self._ready.extend(new)
            if self._waiting and self._ready:
                self._condition.notify_all()
            self._delivered += len(new)
            calls = self._calls
            for number, _ in new:
                if number in calls and len(calls[number]) == 1:
                    del calls[number]
                else:
                    self._forget(number)
        feeder = self._feeder
        if feeder is not None:
            feeder.delivered(self._delivered)

    def _forget(self, number: int) -> None:
        """Item ``number`` is settled; drop the arguments of its chunk when all of it are."""
        for first, items in self._calls.items():
            if first <= number < first + len(items):
                left = self._open_items.get(first, len(items)) - 1
                if left:
                    self._open_items[first] = left
                else:
                    self._open_items.pop(first, None)
                    del self._calls[first]
                return

    def _others(self) -> int:
        return int(self._engine.core.unfinished)

    def _refill(self, part: Any) -> None:
        from .tasks import refill

        items = [self._item(part.index + i) for i in range(part.count)]
        refill(self._engine, part, self._fn, [item[0] for item in items if item is not None], self._star)

    def _fail_rest(self, count: int, error: BaseException) -> None:
        """The pool broke while the iterable was read: what was read and not submitted fails too."""
        for number in range(count):
            if self._item(number) is not None:
                self._deliver(number, error)

    def _end(self, length: int) -> None:
        with self._condition:
            self._length = length
            self._condition.notify_all()

    def __iter__(self) -> "IMapIterator[T]":
        return self

    def next(self, timeout: Optional[float] = None) -> T:
        """The next result. Raises what its call raised; multiprocessing.TimeoutError after ``timeout`` seconds."""
        deadline = None
        with self._condition:
            while not self._ready:
                if self._length is not None and self._taken >= self._length:
                    self._pool = None
                    raise StopIteration
                if self._engine.foreign:
                    raise RuntimeError(self._engine.foreign_text())
                left = None
                if timeout is not None:
                    now = time.monotonic()
                    deadline = now + timeout if deadline is None else deadline
                    left = deadline - now
                    if left <= 0:
                        import multiprocessing

                        raise multiprocessing.TimeoutError
                self._waiting = True
                self._condition.wait(left)
                self._waiting = False
            index, entry = self._ready.popleft()
            self._next += 1
            self._taken += 1
        feeder = self._feeder
        if feeder is not None:
            feeder.consumed(self._taken)
        if type(entry) is tuple:
            if entry[0] == VALUE:
                self._bytes -= _weight(entry)
            good, entry = decode(self, index, entry)
            if not good and not self._keep_errors:
                raise entry
        elif isinstance(entry, BaseException) and not self._keep_errors:
            raise entry
        value: T = entry
        return value

    __next__ = next
    _feeder: Any = None


class IMapUnorderedIterator(IMapIterator[T]):
    """Results one by one, in the order in which they come."""

    ordered = False
