"""The futures of :class:`safepool.ProcessPoolExecutor`: the owners of single tasks."""

import threading
from concurrent.futures import Future
from concurrent.futures.process import _RemoteTraceback as ExecutorTraceback
from typing import Any, Callable, Generic, List, Optional, Tuple, TypeVar

from ..describe import describe_call
from ..protocol.words import VALUE
from .decode import decode

__all__ = ["ExecutorTraceback", "TaskFuture"]

T = TypeVar("T")


class TaskFuture(Future, Generic[T]):  # type: ignore[type-arg]
    """A :class:`concurrent.futures.Future` whose result is unpickled when somebody asks for it."""

    remote_traceback = ExecutorTraceback
    waited_for_at_once = True

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
        if task is not None:
            self._engine.unlead(task)

    def done(self) -> bool:
        self._watched()
        return self._state != "PENDING"

    @property
    def _waiters(self) -> List[Any]:  # type: ignore[override]
        return self.__dict__.setdefault("_made_waiters", [])  # type: ignore[no-any-return]

    @property
    def _done_callbacks(self) -> List[Any]:
        return self.__dict__.setdefault("_made_callbacks", [])  # type: ignore[no-any-return]

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        call = self._call
        return (describe_call(*call) if call else None), None

    def others_left(self) -> int:
        """How many tasks the message of a death calls not affected."""
        return int(self._engine.unfinished)

    def refill_part(self, part: Any) -> None:
        """Pickle this call again, for a retry. Runs users' code."""
        from .tasks import call_task

        fn, args, kwargs = self._call
        task = call_task(self._engine, self, 0, fn, args, kwargs or None, part.limits)
        part.payload, part.size = task.payload, task.size
        self._task = part

    def settle_item(self, index: int, entry: Any) -> None:
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
            self._engine.call_back(self._notify)

    def _notify(self) -> None:
        self._decode()
        for callback in self._done_callbacks:
            self._engine.call_back_here(callback, self)

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
                    raise self._engine.foreign_error()
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

    def settle_cancelled(self, index: int, count: int) -> None:
        self._cancelled_by_us()

    def _cancelled_by_us(self) -> bool:
        super().cancel()
        self._task = self._call = None
        try:
            # Or wait() and as_completed() would wait for it: nobody else will ever look at this future again.
            return self.set_running_or_notify_cancel() is False
        except BaseException:
            return True
