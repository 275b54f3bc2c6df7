"""Who has the engine, and what others ask of it.

**Nobody waits for the engine.** What callers ask of it (submit, cancel, close, terminate ...) are messages in
``inbox``. Whoever has the engine works them off before letting go; who asks leaves a message, tries to get the
engine, and, if somebody else has it, goes on: that one sees the message, since it was left before the attempt, and is
looked for after letting go. So most tasks are written to an idle worker by the thread that submits them, which saves
a switch to the engine's thread, and no thread waits for another.

A signal handler or a destructor runs between any two bytecodes of a thread, the one that has the engine included.
What it asks of the engine then is left as a message, too. Waiting in there for a result could never end, and raises
RuntimeError (``Engine.check_may_wait``).

**A handler may raise** (Ctrl-C, SIGALRM), in the main thread, in the middle of a change. Then what the core knows may
be half of it. Nothing is undone: the pool is broken and says so (``torn_by``), and the engine's own thread, in which
no handler runs, tells everybody. A message leaves the inbox after it was worked off, an outcome leaves ``settled``
after its owner was told, a task is appended to its new place before it leaves the old one: so everything that waits
is found in one of these places, perhaps in two, and owners take no second answer.

What can be foreseen is avoided: where a timer of the program's is about to call such a handler, as in programs that bound their
calls by ``signal.setitimer`` and try again, the main thread leaves its messages to the engine's thread (:func:`is_threatened`).
"""

import _thread
import signal
import sys
import threading
from collections import deque
from threading import main_thread
from typing import Any, Callable, Deque, Optional, Tuple

from ..protocol.originals import System
from .outcomes import Outcomes
from .selector import Selector

#: How many messages of others a caller works off before it leaves the rest to the engine's thread.
COURTESY = 64
#: How long, in seconds, a caller waits for whoever has the engine before it leaves a message. To wait a moment is cheaper
#: than to leave everything to the other; and who has the engine may be in a destructor that waits for this very thread.
PATIENCE = 0.002
#: A timer that expires within so many seconds may do so while a caller has the engine: that takes a few milliseconds at most, but
#: for how long a busy machine stops anybody, nobody knows.
SOON = 0.25


#: ``handler_of(ALARM)``, in C, tells nearly all programs apart, which have none (0): who asks around each task asks that first.
handler_of = System.getsignal
ALARM = int(signal.SIGALRM)


def _let_it_come() -> None:
    """A signal's handler, if one is due."""


def is_threatened() -> bool:
    """Is a handler of the program's about to be called in this thread, by its interval timer (SIGALRM)?

    Whether it raises cannot be told before.
    """
    handler = handler_of(ALARM)
    if handler is None or type(handler) is int:  # not Python's; the default, or ignored
        return False
    left, every = System.getitimer(signal.ITIMER_REAL)
    if not (0 < left < SOON or 0 < every < SOON):
        # Of a timer that has just expired nothing is left, until its signal is there. Asking has brought that; its handler runs
        # at the next call of a function of Python, which is this one: before anything is begun that could be torn.
        _let_it_come()
        return False
    return _thread.get_ident() == main_thread().ident


class Turns:
    """The lock is ours alone; ``inbox`` anybody may append to; ``torn_by`` is what the engine's thread has to mend.

    ``_in_hand`` belongs to whoever has the lock: something has begun, and has not ended. Who finds it so has the lock after a
    thread that was torn away in the middle of that, and by a second exception from saying so.
    """

    def __init__(self, selector: Selector, outcomes: Outcomes, taking_in: Callable[..., None]) -> None:
        self._selector = selector
        self._outcomes = outcomes
        self._lock = threading.RLock()  # reentrant only so that it can be asked whose it is
        #: Nobody can have the engine before it has begun, nor when that failed: messages wait.
        self._begun = False
        self.inbox: Deque[Tuple[Any, ...]] = deque()
        self.torn_by: Optional[str] = None
        self._in_hand = False
        self.taking_in = taking_in  # the operation that takes in one task: most messages are of this kind

    def ask(self, operation: Callable[..., None], *arguments: Any) -> None:
        """Leave a message, and work it off if nobody else has the engine."""
        self.inbox.append((operation, *arguments))
        self.turn()

    def ask_at_once(self, operation: Callable[..., None], *arguments: Any) -> None:
        """As :meth:`ask`, without the message where the engine can be had within a moment: the common case.

        Torn in here, the caller gets the exception, and has nothing to wait for. The lock: see :meth:`turn`.
        """
        lock = self._lock
        if lock._is_owned() or self.inbox or not self._begun or self.torn_by or (handler_of(ALARM) and is_threatened()):  # type: ignore[attr-defined]
            self.ask(operation, *arguments)
            return
        try:
            if not (lock.acquire(False) or lock.acquire(True, PATIENCE)):
                self.ask(operation, *arguments)
                return
            with lock:
                lock.release()
                torn = self._in_hand
                if not torn:
                    try:
                        self._in_hand = True
                        operation(*arguments)
                        if self._outcomes.settled or self._outcomes.errands:
                            self._outcomes.deliver(False)
                        self._in_hand = False
                    except BaseException as error:
                        self._tear(type(error).__name__)
                        raise
            if torn:
                self._tear("an exception")
                self.ask(operation, *arguments)
            elif self.inbox:
                self.turn()
        except BaseException:
            self._let_go()
            raise

    def turn(self) -> None:
        """Work off what is in the inbox, if nobody has the engine.

        The lock, step by step, since an exception may come after any call: ``acquire(False)`` may have succeeded when
        a handler raises; so the ``except`` below asks the lock itself whether this thread has it. The ``with`` takes
        the lock a second time, and the first is let go inside: what remains is released by the ``with`` statement, in
        C, which nothing can interrupt.
        """
        lock = self._lock
        if lock._is_owned() or self.torn_by:  # type: ignore[attr-defined]
            return  # a frame of this thread below will see the message; or the engine's thread, which has to mend first
        if is_threatened():
            self._selector.wake()
            return
        try:
            while self.inbox:
                if not self._begun or not lock.acquire(False):
                    return  # another thread will see it
                with lock:
                    lock.release()
                    if self._in_hand:
                        self._tear("an exception")
                        return
                    try:
                        self._in_hand = True
                        done = self.work(COURTESY)
                        if self._outcomes.settled or self._outcomes.errands:
                            self._outcomes.deliver(False)
                        self._in_hand = False
                    except BaseException as error:
                        self._tear(type(error).__name__)
                        raise
                if not done:
                    self._selector.wake()
                    return
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        """After an exception: release the lock, if this thread has it still.

        It had not when the call began: else the call would have left its message and nothing more, so that no frame
        below loses the engine in the middle of its work.
        """
        while self._lock._is_owned():  # type: ignore[attr-defined]
            self._lock.release()

    def take_in(self) -> None:
        """Work off the messages at the head that bring tasks."""
        inbox, taking_in = self.inbox, self.taking_in
        while inbox:
            message = inbox[0]
            if message[0] is not taking_in:
                break
            taking_in(message[1], message[2])
            inbox.popleft()

    def work(self, most: int) -> bool:
        """Work off so many messages; True if none is left."""
        inbox = self.inbox
        while inbox:
            operation, *arguments = inbox[0]
            operation(*arguments)
            inbox.popleft()
            most -= 1
            if most <= 0:
                return not inbox
        return True

    def is_held_here(self) -> bool:
        """Does a frame of this thread have the engine?"""
        owned: bool = self._lock._is_owned()  # type: ignore[attr-defined]
        return owned

    def begin(self) -> None:
        """The pool has begun: whoever asks may have the engine."""
        self._begun = True

    def begin_failed(self) -> None:
        """Not after all: messages wait again, for the next attempt."""
        self._begun = False

    def forget(self) -> None:
        """In a fork of the parent: whoever had the engine is not here."""
        self._lock = threading.RLock()
        self._begun = self._in_hand = False
        self.inbox.clear()

    def mine(self, work: Callable[[], None]) -> None:
        """The engine's own thread: have the engine, however long that takes, and do this. ``work`` deals with its own failures.

        Nobody has the engine for long. Who has the lock for more than a second and is not at work here has lost it: a second
        exception came in the middle of the first one's clean-up. Then it is given up, and what it guarded is torn.
        """
        while not self._lock.acquire(True, 1.0):
            frames = sys._current_frames().values()
            if not any(self._is_at_work(frame) for frame in frames):
                self._lock = threading.RLock()
                self.torn_by = self.torn_by or "an exception"
        lock = self._lock
        with lock:
            lock.release()
            if self._in_hand:
                self.torn_by = self.torn_by or "an exception"
                self._in_hand = False
            work()

    @staticmethod
    def _is_at_work(frame: Any) -> bool:
        while frame is not None:
            if frame.f_code in _TAKERS:
                return True
            frame = frame.f_back
        return False

    def _tear(self, name: str) -> None:
        """An exception (of a signal's handler) hit a caller's thread in the middle of a change."""
        self.torn_by = self.torn_by or name
        self._selector.wake()


#: The code that takes the lock in callers' threads.
_TAKERS = (Turns.turn.__code__, Turns.ask_at_once.__code__)
