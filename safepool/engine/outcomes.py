"""What became of items, on its way to their owners; and the threads that run users' code for the engine.

``settled`` and ``errands`` belong to whoever has the engine. An outcome leaves ``settled`` only when its owner has
been told: an exception in between (of a signal handler, in a caller's thread) can make an owner hear of it twice, and
never not at all; owners take no second answer (``contract.Owner.settle_item``).

Users' code runs in four threads, one purpose each, since each may block for as long as it likes: callbacks; pickling
what was queued unpickled, and the rest of a chunk anew after a death; unpickling what needs its worker (``arrivals``);
writing to the log (handlers may block, and the caller of a pool may hold logging's own lock). Where pickling or unpickling waits
for what comes after it, there are more of these (``crew``).
"""

import contextlib
import logging
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional, Set, Tuple

from ..core.states import Task
from ..protocol.clock import pause
from ..protocol.words import SKIPPED, TIED
from .callbacks import Helper
from .crew import Crew

logger = logging.getLogger("safepool")

#: How often a step of the end that somebody waits for is tried where there is no memory for it; 50 ms lie between.
INSISTENCE = 100


class Outcomes:
    """``refill`` is called with a part of a chunk that its worker did not begin: it needs a payload again; ``refill_each`` if its
    items are too much together; ``arrived`` with a result whose unpickling needs its worker."""

    def __init__(self, name: str) -> None:
        self.settled: Deque[Tuple[Task, int, Any]] = deque()  # task, number of the item in it, entry
        self.errands: Deque[Tuple[Helper, Callable[[], Any]]] = deque()
        self.refill: Callable[[Task], None]
        self.refill_each: Callable[[Task], None]
        self.arrived: Callable[[Task, int, Any], None]
        self.callbacks = Helper(name + "-callbacks")
        self.at_work: Dict[
            int, Crew
        ] = {}  # threads that run users' code, and may have to make way for others of their kind
        self.pickling = Crew(name + "-pickling", self.at_work)
        self.unpickling = Crew(name + "-unpickling", self.at_work)
        self.logs = Helper(name + "-log")
        self.looked_after: Set[Any] = set()  # what else has threads: has a ``look()``. Anybody may change it

    def log(self, level: int, text: str, *args: Any, exc_info: Any = None) -> None:
        """Write to the log, in the thread that is there for it. Anybody may call this."""
        self.logs.call(lambda: logger.log(level, text, *args, exc_info=exc_info))

    def guarded(self, step: Callable[..., Any], *arguments: Any) -> None:
        """Take a step of an end; the steps after it are taken whatever becomes of this one."""
        try:
            step(*arguments)
        except Exception as error:
            with contextlib.suppress(MemoryError):
                self.log(logging.DEBUG, "safepool: a step of the end failed: %r", error)

    def insist(self, step: Callable[..., Any], *arguments: Any) -> None:
        """As :meth:`guarded`, for a step that somebody waits for: without memory it is tried again, for a while."""
        tries = INSISTENCE
        while tries > 0:
            tries -= 1
            try:
                step(*arguments)
                return
            except MemoryError:
                pause(0.05)
            except Exception as error:
                with contextlib.suppress(MemoryError):
                    self.log(logging.DEBUG, "safepool: a step of the end failed: %r", error)
                return

    def deliver(self, ours: bool) -> None:
        """Tell all owners. Whoever calls has the engine; ``ours``: it is the engine's thread, where no handler of a
        signal runs.

        There the failure of an owner is logged, and the others are told; where there is no memory for telling him, all wait for
        the next delivery, which comes within ``selector.LONGEST``. In a caller's thread what is raised is a handler's.
        """
        settled = self.settled
        while settled:
            task, item, entry = settled[0]
            try:
                if type(entry) is tuple and entry[0] == SKIPPED:
                    (self.refill if len(entry) == 2 else self.refill_each)(task)
                elif type(entry) is tuple and entry[0] == TIED:
                    self.arrived(task, item, entry)
                else:
                    owner = task.owner
                    if owner.settle_items is not None and len(settled) > 1:
                        self._tell_many(owner)
                        continue
                    owner.settle_item(task.index + item, entry)
            except Exception as error:
                if not ours:
                    raise
                if isinstance(error, MemoryError):
                    return
                self.log(logging.ERROR, "safepool: delivering a result failed", exc_info=error)
            settled.popleft()
        errands = self.errands
        while errands:
            helper, errand = errands[0]
            helper.call(errand)
            errands.popleft()

    def _tell_many(self, owner: Any) -> None:
        """Tell this owner of all outcomes at the head that are its own."""
        batch = []
        for task, item, entry in self.settled:
            if task.owner is not owner or (type(entry) is tuple and entry[0] in (SKIPPED, TIED)):
                break
            batch.append((task.index + item, entry))
        owner.settle_items(batch)
        for _ in batch:
            self.settled.popleft()

    def look(self) -> None:
        """Threads that could not be made when they were needed are tried again; those that are gone are missed."""
        for helper in (self.callbacks, self.pickling, self.unpickling, self.logs):
            helper.look()
        for one in list(self.looked_after):
            one.look()

    @property
    def is_here(self) -> bool:
        """Is the calling thread one of those that run users' code?"""
        return self.callbacks.is_here or self.pickling.is_here or self.unpickling.is_here

    def join(self, timeout: Optional[float]) -> None:
        for helper in (self.callbacks, self.pickling, self.unpickling):
            helper.join(timeout)
        self.logs.join(0.5)

    def stop(self) -> None:
        """Let the threads end when they have done what is there. Never raises."""
        for helper in (self.callbacks, self.pickling, self.unpickling, self.logs):
            helper.stop()
