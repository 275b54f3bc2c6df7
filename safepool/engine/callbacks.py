"""The one thread that runs users' code for the engine: callbacks, and pickling the rest of a chunk anew.

Whatever the code raises, BaseException included, is logged and ends nothing;
if it blocks, later callbacks wait, but deaths and results are noticed all the same.
"""

import logging
import queue
import threading
from typing import Any, Callable, Optional

logger = logging.getLogger("safepool")


class Helper:
    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[Optional[Callable[[], Any]]] = queue.SimpleQueue()
        self._thread: Optional[threading.Thread] = None
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Make the thread, if there is none. Raises RuntimeError if the system has no thread left."""
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                thread.start()
                self._thread = thread

    def call(self, function: Callable[[], Any]) -> None:
        """Run ``function`` in the thread, after what was asked for before. Never raises."""
        self._queue.put(function)
        if self._thread is None and not self._stopped:
            try:
                self.start()
            except RuntimeError:
                return  # with the next call, perhaps
        if self._stopped:
            # Stopped meanwhile: the queue must not end with something that is never run.
            self._queue.put(None)

    def stop(self) -> None:
        """Let the thread end once it has run what is there."""
        self._stopped = True
        self._queue.put(None)

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
                return
            self.guard(function)
            del function
