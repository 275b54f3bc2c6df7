"""The futures of :class:`safepool.ProcessPoolExecutor`: the owners of single tasks."""

import logging
import weakref
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures import TimeoutError as FuturesTimeout
from concurrent.futures.process import _RemoteTraceback as ExecutorTraceback
from functools import partial
from typing import Any, Callable, Dict, Generic, Optional, Tuple, TypeVar

from .decode import Remembered, decode, recall, remember
from .waiting import Turn, bell_of, end_turn, ended, ring, take_turn
from .watched import CANCELLED, FINISHED, SETTLED, Outcome, Watched

__all__ = ["ExecutorTraceback", "TaskFuture"]

T = TypeVar("T")

logger = logging.getLogger("concurrent.futures")  # which users of futures know

_call: Any = partial.__call__

#: In the place of a callback that another thread has taken: any function of a future without an effect.
_TAKEN = partial(id)


def _call_anyway(function: Any, future: Any) -> None:
    """As the base class, which finds out when it calls it that something is no function."""
    function(future)


class TaskFuture(Watched, Generic[T]):
    """A :class:`concurrent.futures.Future` whose result is unpickled when somebody asks for it.

    It is shared by the thread that submitted it, those that wait, the engine's, and whoever cancels, and owned by none: what is
    in its ``__dict__`` changes by single steps (see ``waiting``), and any of them may be done again.

    - ``_outcome`` decides everything. Who settles the future puts it in by ``setdefault``; the first one's stays. Only
      :meth:`_decode` replaces it, by itself in its decoded form, which is put into ``_decoded`` once. ``result``, ``done``,
      ``cancel`` ... look at nothing else.
    - ``_made_condition`` is there for ``concurrent.futures.wait`` and ``as_completed``: see ``Watched``.
    - ``_made_callbacks``: put in by anybody, under a key of its own; each callback is called by the one who takes it out, in the
      same step of C code. Between the two a handler that raises would see to it that it is never called.
    - ``_task``, ``_call`` are written by the one who submits, then by the one who settles.

    Cancelling and the scheduler's taking are decided by ``Task.take_back``.
    """

    remote_traceback = ExecutorTraceback
    waited_for_at_once = True
    settle_items = None

    _call: Remembered

    def __init__(self, engine: Any, call: Any) -> None:
        # Made here, where nobody else has this object: CPython 3.11 makes the ``__dict__`` of an instance when it is first asked
        # for, and two threads that ask at once can be given two, which share their values and free them twice.
        mine = self.__dict__
        mine["_engine"] = engine
        mine["_call"] = call

    # ---- for the engine

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        return recall(self._call), None

    def others_left(self) -> int:
        """How many tasks the message of a death calls not affected."""
        return int(self._engine.unfinished)

    def refill_part(self, part: Any) -> None:
        """Pickle this call, which was queued unpickled, or again, for a retry. Runs users' code."""
        from .tasks import refill_call

        call: Any = self._call
        if self._seen() is not None or type(call) is not tuple:
            raise CancelledError("nobody waits for this call any more")
        refill_call(self._engine, self, part, call)
        if not part.deferred:  # else it is the one that we know, or have let go
            self._task = part

    def settle_item(self, index: int, entry: Any) -> None:
        if type(entry) is tuple:
            self._settle((FINISHED, None, entry))
        elif isinstance(entry, BaseException):
            self._settle((FINISHED, False, entry) if isinstance(entry, Exception) else (FINISHED, None, entry))
        else:
            self._settle((FINISHED, True, entry))

    def settle_cancelled(self, index: int, count: int) -> None:
        canceller = self.__dict__.get("_canceller")
        theirs = canceller is not None and bool(self.__dict__.get("_made_callbacks")) and not ended(canceller)
        self._settle((CANCELLED, None, None), not theirs)

    def _settle(self, outcome: Outcome, call_back: bool = True) -> bool:
        """This is what became of it, unless that is known already. Tells everybody, in any case. Was it this one?

        ``call_back``: the caller does not run the done-callbacks himself. It never waits, and runs no users' code.
        """
        mine = self.__dict__
        stands = mine.setdefault("_outcome", outcome)
        self._task = None
        if stands[1] is None and stands[0] is FINISHED:
            call = self._call
            if type(call) is tuple and len(call) == 3:
                self._call = remember(*call)
        else:
            self._call = None
        made = mine.setdefault("_made_condition", SETTLED)
        if made is not SETTLED and not made.told:
            self._tell(made)
        if "_bell" in mine:
            ring(mine)
        if call_back and mine.get("_made_callbacks"):
            self._engine.call_back(self._run_callbacks, True)
        return stands is outcome

    # ---- the outcome

    def _seen(self) -> Optional[Outcome]:
        """The outcome, if there is one."""
        outcome: Optional[Outcome] = self.__dict__.get("_outcome")
        if outcome is None:
            task = self._task
            if task is None:
                outcome = self.__dict__.get("_outcome")  # it may have come in between
            elif task.taken_back:
                # By a thread that is about to say so, or was torn away before it could.
                self.settle_cancelled(0, 1)
                outcome = self.__dict__["_outcome"]
        return outcome

    def _await(self, timeout: Optional[float]) -> Outcome:
        """The outcome, decoded. Raises TimeoutError and CancelledError."""
        outcome = self._seen()
        if outcome is None:
            task = self._task
            if task is not None and (timeout is None or timeout > 0.002):
                self._engine.lead(task)
            outcome = self._seen()
        if outcome is None:
            self._engine.check_may_wait()
            bell_of(self.__dict__).wait(self._seen, timeout)
            outcome = self._seen()
            if outcome is None:
                raise FuturesTimeout()
        if outcome[1] is None:
            if outcome[0] is CANCELLED:
                raise CancelledError()
            outcome = self._decode()
        return outcome

    def _decode(self) -> Outcome:
        """The outcome, decoded, by one thread at a time; the others wait for it. Runs users' code.

        If a signal handler tears this thread away in the middle of it, the entry is as good as before.
        """
        mine = self.__dict__
        turn = take_turn(mine, "_decoded")
        if turn is not None:
            try:
                outcome = mine["_outcome"]
                if outcome[1] is None:
                    good, value = decode(self, 0, outcome[2])
                    mine.setdefault("_decoded", (FINISHED, good, value))
            finally:
                del turn
                end_turn(mine)
        decoded: Outcome = mine["_decoded"]
        mine["_outcome"] = decoded
        self._call = None
        return decoded

    # ---- for users

    def result(self, timeout: Optional[float] = None) -> T:
        outcome = self.__dict__.get("_outcome")
        if outcome is None or outcome[1] is None:
            outcome = self._await(timeout)
        if outcome[1]:
            value: T = outcome[2]
            return value
        try:
            raise outcome[2]
        finally:
            # The traceback refers to this frame, which must not refer back to the exception.
            del outcome
            self = None  # type: ignore[assignment]

    def exception(self, timeout: Optional[float] = None) -> Optional[BaseException]:
        outcome = self._await(timeout)
        return None if outcome[1] else outcome[2]

    def done(self) -> bool:
        self._watched()
        return self._seen() is not None

    def cancelled(self) -> bool:
        self._watched()
        outcome = self._seen()
        return outcome is not None and outcome[0] is CANCELLED

    def running(self) -> bool:
        self._watched()
        if self._seen() is not None:
            return False
        task = self._task
        return self._running or (task is not None and task.state == "assigned")

    def cancel(self) -> bool:
        """Take the call back; False if it has begun, or is done. Needs nobody's lock: it may be called from a signal handler."""
        try:
            if self._seen() is None:
                if self._running:
                    return False
                # While this frame lives it is here that callbacks run, as users expect, and not in a thread of the engine.
                turn = Turn()
                self.__dict__["_canceller"] = weakref.ref(turn)
                task = self._task
                if task is not None and not self._engine.cancel(task):
                    return False
                self._settle((CANCELLED, None, None), False)
            if self.__dict__["_outcome"][0] is not CANCELLED:
                return False
            self._run_callbacks()
        except BaseException:
            self._leave_callbacks()
            raise
        return True

    def _leave_callbacks(self) -> None:
        """A handler (or one of them) tore away this thread, which was to call the callbacks: the engine's thread calls them.

        Nobody can be expected to cancel once more after Ctrl-C, and the engine may have told this future all that it will.
        """
        self.__dict__.pop("_canceller", None)  # first: who settles from now on does not leave them to us
        if self._seen() is not None and self.__dict__.get("_made_callbacks"):
            self._engine.call_back(self._run_callbacks, True)

    def add_done_callback(self, fn: Callable[["Future[T]"], object]) -> None:
        self._watched()
        mine = self.__dict__
        outcome = self._seen()
        if outcome is None and self._engine.foreign:
            raise self._engine.refusal()  # nobody would ever call it here; asyncio waits for that
        if outcome is not None and outcome[1] is None and outcome[0] is FINISHED:
            self._decode()
        callbacks: Dict[object, Any] = mine.get("_made_callbacks") or mine.setdefault("_made_callbacks", {})
        key = object()
        callbacks[key] = partial(fn) if callable(fn) else partial(_call_anyway, fn)
        # As with bells: first it is in there, then we look again. Who takes it out calls it.
        if self._seen() is not None:
            self._call_back(callbacks, key)

    def _run_callbacks(self, in_engines_thread: bool = False) -> None:
        """Call those that nobody has called yet."""
        outcome = self.__dict__["_outcome"]
        if outcome[1] is None and outcome[0] is FINISHED:
            self._decode()
        callbacks: Dict[object, Any] = self.__dict__.get("_made_callbacks") or {}
        for key in list(callbacks):
            if in_engines_thread:
                callback = callbacks.pop(key, None)
                if callback is not None:
                    self._engine.call_back_here(callback, self)
                    del callback
            else:
                self._call_back(callbacks, key)

    def _call_back(self, callbacks: Dict[object, Any], key: object) -> None:
        """Take one out and call it, in one step, if it is still there. In a caller's thread: as the base class does it."""
        try:
            next(map(_call, map(callbacks.pop, (key,), (_TAKEN,)), (self,)))
        except Exception:
            logger.exception("exception calling callback for %r", self)

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def __repr__(self) -> str:
        outcome = self._seen()
        name, place = self.__class__.__name__, id(self)
        if outcome is None:
            return f"<{name} at {place:#x} state={'running' if self.running() else 'pending'}>"
        if outcome[0] is CANCELLED:
            return f"<{name} at {place:#x} state=cancelled>"
        if outcome[1] is None:
            return f"<{name} at {place:#x} state=finished>"
        how = "returned" if outcome[1] else "raised"
        return f"<{name} at {place:#x} state=finished {how} {outcome[2].__class__.__name__}>"

    def _get_snapshot(self) -> Tuple[bool, bool, Any, Optional[BaseException]]:
        """(done, cancelled, result, exception): what asyncio reads from Python 3.14 on."""
        outcome = self._seen()
        if outcome is None:
            return False, False, None, None
        if outcome[0] is CANCELLED:
            return True, True, None, None
        if outcome[1] is None:
            outcome = self._decode()
        return (True, False, outcome[2], None) if outcome[1] else (True, False, None, outcome[2])

    # ---- for executors, says the base class; nobody else has a task to run here

    def set_running_or_notify_cancel(self) -> bool:
        outcome = self._seen()
        if outcome is None and not self._running:
            self._running = True
            return True
        if outcome is not None and outcome[0] is CANCELLED:
            return False
        raise RuntimeError("Future in unexpected state")

    def set_result(self, result: T) -> None:
        self._set((FINISHED, True, result))

    def set_exception(self, exception: Optional[BaseException]) -> None:
        self._set((FINISHED, exception is None, exception))

    def _set(self, outcome: Outcome) -> None:
        try:
            if self._settle(outcome, False):
                self._run_callbacks()
                return
        except BaseException:
            self._leave_callbacks()
            raise
        raise InvalidStateError(f"{self.__dict__['_outcome'][0]}: {self!r}")
