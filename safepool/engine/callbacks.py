"""A thread that runs users' code for the engine, for one purpose; made when it is first needed.

Whatever the code raises, BaseException included, is logged and ends nothing; if it blocks, what comes later for this
thread waits, and nothing else does.
"""

import itertools
import logging
import operator
import queue
import threading
from typing import Any, Callable, List, Optional

from ..protocol.clock import pause
from ..protocol.threads import Thread

logger = logging.getLogger("safepool")


class Helper:
    """Anybody may :meth:`call`; the engine's thread does the rest."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[Optional[Callable[[], Any]]] = queue.SimpleQueue()
        self._threads: List[Thread] = []  # the first one is it; see :meth:`_run`
        self._starting = threading.RLock()  # reentrant only so that it can be asked whose it is
        self._stopped = False

    def start(self) -> None:
        """Make the thread, if there is none. Raises RuntimeError if the system has no thread left."""
        lock = self._starting
        if self._thread is not None or lock._is_owned():  # type: ignore[attr-defined]
            return
        try:  # the lock, step by step: see ``turns.Turns.turn``
            if not lock.acquire(False):
                return  # somebody else is at it: that will do
            with lock:
                lock.release()
                if self._thread is None:
                    thread = Thread(self._run, self._name)
                    # Started and noted in one call of C (start() returns None), so that no handler comes in between.
                    started = map(operator.not_, map(Thread.start, (thread,)))
                    self._threads.extend(itertools.compress((thread,), started))
        except BaseException:
            while lock._is_owned():  # type: ignore[attr-defined]
                lock.release()
            raise

    def call(self, function: Callable[[], Any]) -> None:
        """Run ``function`` in the thread, after what was asked for before. Never waits, never raises."""
        self._queue.put(function)
        if self._stopped:
            # Its thread is gone, or may be about to go: the queue must not end with something that is never run.
            try:
                Thread(self._run_what_is_left, self._name).start()
            except (RuntimeError, MemoryError):
                pass  # no thread left, and nobody who could look again
        elif self._thread is None:
            self._make()

    def look(self) -> None:
        """Called once in a while: make the thread now, if it is needed and could not be made before, or is gone."""
        thread = self._thread
        if thread is not None and thread.is_gone() and not self._stopped:
            self._threads.remove(thread)
        self._make()

    def _make(self) -> None:
        if self._thread is None and not self._queue.empty():
            try:
                self.start()
            except (RuntimeError, MemoryError):
                pass  # no thread left; at the next look, perhaps

    def stop(self) -> None:
        """Let the thread end once it has run what is there."""
        self._stopped = True
        if self._thread is None and not self._queue.empty():
            self._make()
        self._queue.put(None)

    @property
    def _thread(self) -> Optional[Thread]:
        return self._threads[0] if self._threads else None

    @property
    def is_here(self) -> bool:
        """Is the calling thread this one?"""
        return threading.current_thread() is self._thread

    def join(self, timeout: Optional[float] = None) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            if self._stopped and not thread.is_alive():
                self._threads.clear()  # threads that have ended are to be forgotten at once, not by the collector

    @staticmethod
    def guard(function: Callable[..., Any], *args: Any) -> None:
        """Call it; log what it raises."""
        try:
            function(*args)
        except BaseException:
            logger.exception("safepool: a callback raised; the pool goes on")

    def _run(self) -> None:
        """The thread notes itself, too: who made it may have been torn away inside ``start()``, and another one be there since.

        The first in the list stays.
        """
        here: Any = threading.current_thread()
        self._threads.append(here)
        if here is self._thread:
            self._serve()

    def _serve(self) -> None:
        while True:
            function = None
            try:
                function = self._queue.get()
                if function is None:
                    return
                self._do(function)
            except BaseException:
                pause(0.01)  # no memory, not even for the log: what comes later is done all the same

    def _do(self, function: Callable[[], Any]) -> None:
        self.guard(function)

    def _run_what_is_left(self) -> None:
        words = 0  # to threads that are to end: they get theirs afterwards
        while True:
            try:
                function = self._queue.get_nowait()
            except queue.Empty:
                break
            if function is None:
                words += 1
            else:
                self.guard(function)
        for _ in range(words):
            self._queue.put(None)
