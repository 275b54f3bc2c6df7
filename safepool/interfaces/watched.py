"""How does a future of ours show itself to ``concurrent.futures.wait`` and ``as_completed``?

They take the ``_condition`` of each future, look at each ``_state`` twice, and put a waiter into each list ``_waiters``
(``watchers`` says what we give them for these). So for them an outcome may only become visible while they do not have the
condition; everybody else sees it at once.
"""

from concurrent.futures import Future
from typing import Any, Optional, Tuple

from ..protocol.clock import now
from ..protocol.originals import getpid
from ..protocol.words import MADE, VALUE
from .waiting import aside, in_main_thread
from .watchers import CONDITION_BOUND, CONDITION_SLICE, Condition, Waiters

PENDING, RUNNING, CANCELLED, FINISHED = "PENDING", "RUNNING", "CANCELLED_AND_NOTIFIED", "FINISHED"

#: What becomes of a future: its state; is it good (None: that is known when it is decoded); its value, exception or entry.
Outcome = Tuple[str, Optional[bool], Any]

#: In the place of a condition: the outcome was there before anybody asked for one.
SETTLED: Any = object()


class Watched(Future):  # type: ignore[type-arg]
    """That part of a :class:`~safepool.interfaces.futures.TaskFuture`: its ``_outcome`` as others see it.

    ``_made_condition``: mostly nobody asks for one, so who settles claims the place by ``setdefault``: if it was free there is
    nobody to tell, and who asks later sees the outcome at once. Else he takes the condition if it is free, and tells the
    waiters; if it is not, or if he is the main thread, which must hold nothing, that is done aside.

    What the base class makes at once (a condition, its lock, two lists) is made when it is asked for: most futures are never
    waited for by more than their ``result``, if at all.
    """

    _engine: Any
    _task: Any = None
    _running = False

    @property
    def _condition(self) -> Any:  # type: ignore[override]
        mine = self.__dict__
        made = mine.get("_made_condition")
        if made is None:
            self._watched()
            made = mine.setdefault("_made_condition", Condition())
        if made is SETTLED:
            # Nothing will change any more; who takes and releases it is to have the same one each time.
            made = mine.get("_late_condition") or mine.setdefault("_late_condition", Condition())
        here = getpid()
        if made.pid != here:
            # A thread of the process that we are a fork of may have had it.
            made = mine.setdefault(f"_condition_in_{here}", Condition())
        return made

    def _watched(self) -> None:
        """Somebody looks at this future in another way than by result(): see to it that the engine does too."""
        task = self._task
        if task is not None:
            self._engine.unlead(task)

    @property
    def _waiters(self) -> Waiters:  # type: ignore[override]
        made: Waiters = self.__dict__.setdefault("_made_waiters", Waiters())
        return made

    @property
    def _state(self) -> str:  # type: ignore[override]
        """What those may see who have the condition. RuntimeError in a fork, where they would wait for ever.

        It is here that it is raised, and not by ``_condition``: who has some of several futures' conditions would keep them.
        """
        outcome = self.__dict__.get("_outcome")
        if outcome is None:
            if self._engine.foreign:
                raise self._engine.refusal()
        else:
            made = self.__dict__.setdefault("_made_condition", SETTLED)
            if made is SETTLED or made.told or self._engine.foreign:
                state: str = outcome[0]
                return state
        return RUNNING if self._running else PENDING

    def _tell(self, condition: Condition) -> None:
        """The outcome is there: make it visible for those who use the condition, and tell the waiters."""
        if not in_main_thread() and condition.try_to_take():
            try:
                self._tell_waiters(condition)
            finally:
                condition.release()
            return
        # wait() and as_completed() have it for a moment. Or one of them was torn away and has left it locked, in which case
        # it belongs to nobody, and is done without.
        deadline = now() + CONDITION_BOUND

        def tell() -> bool:
            left = deadline - now()
            if condition.acquire(True, CONDITION_SLICE) if left > 0 else condition.acquire(False):
                try:
                    self._tell_waiters(condition)
                finally:
                    condition.release()
                return True
            if left > 0:
                return False
            self._tell_waiters(condition)
            return True

        aside.do(tell)

    def _tell_waiters(self, condition: Condition) -> None:
        if not condition.claim_telling():
            return
        condition.told = True
        outcome = self.__dict__["_outcome"]
        for waiter in list(self._waiters):
            if outcome[0] is CANCELLED:
                waiter.add_cancelled(self)
            elif outcome[1] or (outcome[1] is None and type(outcome[2]) is tuple and outcome[2][0] in (VALUE, MADE)):
                waiter.add_result(self)
            else:
                waiter.add_exception(self)
        condition.wake_all()
