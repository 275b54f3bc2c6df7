"""How threads wait for each other here, so that none is left waiting when a signal handler tears one of them away.

Python runs signal handlers in the main thread, between any two of its instructions. A handler that raises (Ctrl-C; a
SIGALRM that means "took too long") tears the main thread out of whatever it was doing there, and ``with lock:`` does not
help: ``threading.Condition``, ``threading.Event`` and ``queue.Queue`` are Python code, which can be torn away just after
the inner lock was acquired. Nobody releases it then, and the next thread that wants it, perhaps the engine's, waits for
ever. So the rules of this package:

1. What another thread must have is never held by Python code that runs in the main thread. What is shared changes by
   single C calls (``list.append``, ``deque.popleft``, ``dict.setdefault``), which no handler interrupts: handlers run
   before and after them. ``setdefault`` is the one that decides between several: the first one's value stays.
2. Who waits does so at a :class:`~safepool.protocol.bell.Bell`.
3. Whoever tells others (rings, calls back, settles) may be torn away in the middle of it. Then it is done again: all of
   it may be done twice, and a sleeper looks again by himself once in a while.
4. What cannot be cut into single C calls is not done in the main thread, but :data:`aside`, in a thread made for it.
"""

import _thread
import sys
import weakref
from collections import deque
from threading import main_thread
from typing import Any, Callable, Deque, Dict, Optional

from ..protocol.bell import Bell
from ..protocol.clock import pause
from ..protocol.originals import getpid

#: A flag of code objects: of functions, whose variables may be looked at without running users' code. (As in ``inspect``.)
CO_OPTIMIZED = 1


def in_main_thread() -> bool:
    """Is this the thread in which signal handlers run?"""
    return _thread.get_ident() == main_thread().ident


class Turn:
    """That a thread is at work on something. It is held by a local variable, and so ends with the frame, however that ends.

    The variable has to be called ``turn``: if somebody keeps the exception that tore the frame away, he keeps the frame, too.
    """

    __slots__ = ("__weakref__", "thread")

    def __init__(self) -> None:
        self.thread = _thread.get_ident()

    def at_work(self) -> bool:
        """Does the frame that has it still run? Looked up in the thread's stack: that takes microseconds."""
        frame = sys._current_frames().get(self.thread)
        while frame is not None:
            if frame.f_code.co_flags & CO_OPTIMIZED and frame.f_locals.get("turn") is self:
                return True
            frame = frame.f_back
        return False


def ended(held: Callable[[], Optional[Turn]]) -> bool:
    """Is nobody at work any more?"""
    turn = held()
    return turn is None or not turn.at_work()


def take_turn(place: Dict[str, Any], key: str) -> Optional[Turn]:
    """Let this thread do what one at a time shall do: put ``key`` into ``place``, the ``__dict__`` of what is worked on.
    Returns its turn, or None once the key is there.

    ``_turn`` in ``place`` refers weakly to the turn of who is at work, and ``_bell`` is where the others sleep. A lock would
    do, if it could not be left locked. A turn can't: when the frame that holds it is torn away it is over, and the next one
    takes over. Two that find a dead one in the same instant may both get a turn, so what is done must bear to
    be done twice: the key goes in by ``setdefault``.

    A thread that has the turn already, further up (a ``__setstate__`` that asks for its own result, a signal handler), gets
    another: it cannot wait for itself.
    """
    turn = Turn()
    mine = weakref.ref(turn)
    while key not in place:
        held = place.setdefault("_turn", mine)
        if held is mine:
            return turn
        other = held()
        if other is not None and other.thread == turn.thread:
            return turn
        del other  # or we would keep it alive
        bell_of(place).wait(lambda held=held: key in place or ended(held))  # type: ignore[misc]
        if ended(held):
            place.pop("_turn", None)
    return None


def end_turn(place: Dict[str, Any]) -> None:
    """What a turn was for is done; wake those who wait for it."""
    place.pop("_turn", None)
    if "_bell" in place:
        ring(place)


def bell_of(place: Dict[str, Any]) -> Bell:
    """The bell of an object, made when the first one sleeps there; most are never waited for."""
    bell: Bell = place.get("_bell") or place.setdefault("_bell", Bell())
    return bell


def ring(place: Dict[str, Any]) -> None:
    """Wake those who sleep at the bell of an object."""
    bell = place.get("_bell")
    if bell is not None:
        bell.ring()


class Aside:
    """What is not done where it comes up: since that is the main thread, or since a lock is not to be had.

    A thread is made when there is something to do and ends when there is nothing more. Jobs must not run users' code.
    ``_jobs`` is appended to by anybody and emptied by the threads. ``_nobody`` is true while no thread has promised to look
    at the jobs once more; a thread sets it *before* its last look and whoever adds a job reads it *afterwards*. Two threads
    at once do no harm. A thread that ends before it has begun, for want of memory, is missed by :meth:`look`.
    """

    def __init__(self) -> None:
        self._jobs: Deque[Callable[[], bool]] = deque()
        self._nobody = True
        self._pid = getpid()

    def do(self, job: Callable[[], bool]) -> None:
        """Call ``job`` in another thread, again and again until it returns true. It bounds itself how often."""
        self._jobs.append(job)
        if self._pid != getpid():
            self._pid, self._nobody = getpid(), True  # the thread stayed behind in the process that we are a fork of
        if self._nobody and not self._begin():
            self._run()  # the system has no thread left: then here

    def look(self) -> None:
        """Called once in a while, by who must not wait for a job that has no memory."""
        if self._jobs and self._nobody:
            self._begin()

    def _begin(self) -> bool:
        try:
            _thread.start_new_thread(self._run, ())  # not threading.Thread, whose start() waits
        except (RuntimeError, MemoryError):
            return False
        return True

    def _run(self) -> None:
        try:
            while self._jobs:
                self._nobody = False
                while self._do_one():
                    pass
                self._nobody = True
        finally:
            self._nobody = True

    def _do_one(self) -> bool:
        try:
            job = self._jobs.popleft()
        except IndexError:
            return False
        try:
            finished = job()
        except MemoryError:
            pause(0.01)
            finished = False
        except Exception:
            finished = True
        if not finished:
            self._jobs.append(job)
        return True


#: The one of this process.
aside = Aside()
