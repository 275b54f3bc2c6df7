"""A thread that runs users' code for the engine, for one purpose; made when it is first needed.

Whatever the code raises, BaseException included, is logged and ends nothing; if it blocks, what comes later for this
thread waits, and nothing else does.
"""

import logging
import queue
import threading
from typing import Any, Callable, Optional

logger = logging.getLogger("safepool")


class Helper:
    """Anybody may :meth:`call`; the engine's thread does the rest."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[Optional[Callable[[], Any]]] = queue.SimpleQueue()
        self._thread: Optional[threading.Thread] = None
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
                    thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                    thread.start()
                    self._thread = thread
        except BaseException:
            while lock._is_owned():  # type: ignore[attr-defined]
                lock.release()
            raise

    def call(self, function: Callable[[], Any]) -> None:
        """Run ``function`` in the thread, after what was asked for before. Never waits, never raises."""
        self._queue.put(function)
        if self._thread is None:
            self.look()
        if self._stopped:
            # Stopped meanwhile: the queue must not end with something that is never run.
            self._queue.put(None)

    def look(self) -> None:
        """Make the thread now, if it is needed and could not be made before."""
        if self._thread is None and not self._queue.empty():
            try:
                self.start()
            except RuntimeError:
                pass  # no thread left; at the next look, perhaps

    def stop(self) -> None:
        """Let the thread end once it has run what is there."""
        self._stopped = True
        if self._thread is None and not self._queue.empty():
            self.look()
        self._queue.put(None)

    @property
    def is_here(self) -> bool:
        """Is the calling thread this one?"""
        return threading.current_thread() is self._thread

    def join(self, timeout: Optional[float] = None) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            if self._stopped and not thread.is_alive():
                self._thread = None  # threads that have ended are to be forgotten at once, not by the collector

    @staticmethod
    def guard(function: Callable[..., Any], *args: Any) -> None:
        """Call it; log what it raises."""
        try:
            function(*args)
        except BaseException:
            logger.exception("safepool: a callback raised; the pool goes on")

    def _run(self) -> None:
        while True:
            function = self._queue.get()
            if function is None:
                self._queue.put(None)  # there may be two of us: one whose maker was torn away before he had noted it
                return
            self.guard(function)
            del function
