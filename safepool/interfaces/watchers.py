"""What ``concurrent.futures.wait`` and ``as_completed`` hold of our futures, in a form that cannot be left locked.

Both are Python code. They take the ``_condition`` of each future, look at each ``_state`` twice, and put a *waiter* into each
list ``_waiters``; the waiter has an Event and a lock. Torn away by a signal handler they leave any of these locked (see
``waiting``), and it is the engine's thread, among others, that wants them next, to say that a future is done. So it gets
its own kind of each: a condition that is locked by C code and never waited for by us, an event that is a Bell, and
a lock that is waited for within a bound.
"""

import _thread
import itertools
import threading
from typing import Any, Callable, List, Optional

from ..protocol.bell import Bell
from ..protocol.clock import now
from ..protocol.originals import getpid

#: Seconds. How long the lock of a waiter is waited for: who has it needs it for three statements.
WAITER_BOUND = 0.25
#: How long the condition of a future is waited for (as_completed() of a million futures has it for a second), and at a time.
CONDITION_BOUND = 2.0
CONDITION_SLICE = 0.02

#: The classes of the waiters that we know inside.
WAITERS = ("_AsCompletedWaiter", "_FirstCompletedWaiter", "_AllCompletedWaiter")


class Condition(_thread.RLock):  # type: ignore[misc]
    """The ``_condition`` of a future: the C lock itself, so that ``with`` takes and releases it in one instruction each.

    Whoever has it may look at ``_state`` and change ``_waiters``; the state of the future does not hang on it, only what
    these two show. ``told`` says that the outcome of the future is visible to whoever has the condition; set once, by
    the one who could put his name into ``_teller``, under the condition or after having tried for CONDITION_BOUND.
    """

    def __init__(self) -> None:
        self.told = False
        self.pid = getpid()  # in a fork, nobody may be there who could release it
        self._teller: dict = {}  # type: ignore[type-arg]
        self._bell = Bell()
        self._rung = 0

    def try_to_take(self) -> bool:
        """Acquire it if nobody has it, not even this thread, further up."""
        return not self._is_owned() and bool(self.acquire(False))  # type: ignore[attr-defined]

    def claim_telling(self) -> bool:
        """May the caller tell those who wait? Says so once."""
        token = object()
        return self._teller.setdefault(0, token) is token

    def wait(self, timeout: Optional[float] = None) -> bool:
        """As ``threading.Condition.wait``; for strangers only, we have bells.

        Who is torn away has the condition again, as often as before. Torn between the release and its ``try``, the standard one
        has not, and the ``with`` around it raises RuntimeError (cannot release un-acquired lock) in the place of what the
        handler raised: so does ``result()`` of a standard future, in one of 150 to 200 such calls (3.8, 3.11, 3.13).
        """
        if not self._is_owned():  # type: ignore[attr-defined]
            raise RuntimeError("cannot wait on un-acquired lock")
        before = self._rung
        saved: List[Any] = []
        try:
            try:
                # Released and noted in one call of C.
                saved.extend(itertools.starmap(self._release_save, ((),)))  # type: ignore[attr-defined]
                return self._bell.wait(lambda: self._rung != before, timeout)
            finally:
                self._take_again(saved)
        except BaseException:
            self._take_again(saved)  # it was torn in the ``finally``
            raise

    def _take_again(self, saved: List[Any]) -> None:
        if saved and not self._is_owned():  # type: ignore[attr-defined]
            self._acquire_restore(saved[0])  # type: ignore[attr-defined]

    def wait_for(self, predicate: Callable[[], Any], timeout: Optional[float] = None) -> Any:
        deadline = None if timeout is None else now() + timeout
        while not predicate():
            left = None if deadline is None else deadline - now()
            if left is not None and left <= 0:
                break
            self.wait(left)
        return predicate()

    def notify(self, n: int = 1) -> None:
        """Wakes all, which ``Condition.wait`` allows."""
        if not self._is_owned():  # type: ignore[attr-defined]
            raise RuntimeError("cannot notify on un-acquired lock")
        self.wake_all()

    def notify_all(self) -> None:
        self.notify()

    def wake_all(self) -> None:
        """As :meth:`notify_all`, for one who could not get the condition."""
        self._rung += 1
        self._bell.ring()


class Event:
    """A ``threading.Event`` that a thread which was torn away from ``wait`` does not leave locked. The flag is a plain store."""

    def __init__(self) -> None:
        self._flag = False
        self._bell = Bell()

    def is_set(self) -> bool:
        return self._flag

    def set(self) -> None:
        self._flag = True
        self._bell.ring()

    def clear(self) -> None:
        self._flag = False

    def wait(self, timeout: Optional[float] = None) -> bool:
        return self._bell.wait(self.is_set, timeout)


class WaiterLock:
    """The lock of a waiter. Who does not get it within WAITER_BOUND goes on without it: it was left locked.

    ``_left_locked`` is set then, and nobody waits any more.
    """

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._left_locked = False

    def __enter__(self) -> None:
        if not self._lock.acquire(False) and not self._left_locked and not self._lock.acquire(True, WAITER_BOUND):
            self._left_locked = True

    def __exit__(self, *exc_info: Any) -> None:
        try:
            self._lock.release()
        except RuntimeError:
            pass


class Waiters(List[Any]):
    """The ``_waiters`` of a future. A waiter gets our event and our lock when it is put in, before anybody waits there.

    It is put in while the conditions of all its futures are held, those of another kind included, so none of them tells it
    anything meanwhile.
    """

    def append(self, waiter: Any) -> None:
        kind = type(waiter)
        if kind.__name__ in WAITERS and kind.__module__ == "concurrent.futures._base":
            if type(waiter.event) is threading.Event:
                waiter.event = Event()
            if "lock" in waiter.__dict__ and type(waiter.lock) is not WaiterLock:
                waiter.lock = WaiterLock()
        super().append(waiter)
