"""Users' code that may wait for what comes later for the very threads that run it: where all of them wait, another one is made.

So it is with the unpickling of results that need their worker (``arrivals``). A ``__setstate__`` may ask its own pool for another
such result, which has to be unpickled here, too. Or it waits for something else, for as long as it likes: that is its own
affair, and not that of the results that come meanwhile. These come in no order, so any thread may have the next. And so it is
with pickling what was queued unpickled, or is pickled again (``pickling``, ``burial``).
"""

import contextlib
import threading
from typing import Any, Callable, Dict, List, Optional

from ..protocol.clock import now
from ..protocol.threads import Thread
from .callbacks import Helper

_get_ident = threading.get_ident


class Crew(Helper):
    """A helper that is one thread, mostly. ``busy`` are the threads that are at work (by ident): does it wait for the pool?

    The threads change that each for itself, in single steps, and ``at_work``, where each finds its crew; the engine's thread
    and they themselves make more of them. ``hold_up`` is called by each that is about to wait.
    """

    hold_up: Optional[Callable[[], None]] = None

    def __init__(self, name: str, at_work: "Dict[int, Crew]") -> None:
        super().__init__(name)
        self.busy: Dict[int, bool] = {}
        self._at_work = at_work
        self._more: List[Thread] = []  # beside the first one
        self._begun = 0  # how much was begun; two threads may count as one
        self._begun_before = -1  # at the last look

    def make_way(self) -> None:
        """Called by a thread that is ``busy`` here, and about to wait for the pool: another one does what comes meanwhile."""
        if self.hold_up is not None:
            self.hold_up()
        self.busy[_get_ident()] = True
        if list(self.busy.values()).count(True) > len(self._more):
            self._make_another()

    def look(self) -> None:
        """Called once in a while: if there is something to do, and nothing was begun since the last time, all are blocked."""
        super().look()
        for thread in self._more.copy():
            if thread.is_gone():
                self._forget(thread)
        before, self._begun_before = self._begun_before, self._begun
        if before == self._begun and self.busy and not self._queue.empty():
            self._make_another()

    def _make_another(self) -> None:
        try:
            thread = Thread(self._serve, self._name)
            self._more.append(thread)
        except MemoryError:
            return  # at the next look, perhaps
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            self._forget(thread)  # no thread left; at the next look, perhaps
            return
        if self._stopped:
            self._queue.put(None)  # a word for each: who said it to the others did not know of this one

    def _forget(self, thread: Thread) -> None:
        """Who makes it, who looks and who joins may all do so at once."""
        with contextlib.suppress(ValueError):
            self._more.remove(thread)

    def stop(self) -> None:
        super().stop()
        for _ in self._more.copy():
            self._queue.put(None)

    def join(self, timeout: Optional[float] = None) -> None:
        """Wait for all, ``timeout`` seconds at most."""
        end = None if timeout is None else now() + timeout
        super().join(timeout)
        for thread in self._more.copy():
            if thread is not threading.current_thread():
                with contextlib.suppress(RuntimeError):  # it is just being started, and gets its word to end
                    thread.join(None if end is None else max(0.0, end - now()))
                if self._stopped and not thread.is_alive():
                    self._forget(thread)

    @property
    def is_here(self) -> bool:
        return super().is_here or threading.current_thread() in self._more

    def _do(self, function: Callable[[], Any]) -> None:
        here = _get_ident()
        self._begun += 1
        self.busy[here] = False
        self._at_work[here] = self
        try:
            super()._do(function)
        finally:
            del self._at_work[here], self.busy[here]
