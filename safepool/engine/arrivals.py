"""Results whose unpickling needs their worker alive: connections, sockets, tensors in shared memory.

All other results are unpickled by whoever asks for them, whenever that is. These are unpickled when they come, in a thread of
their own, and until that is done their worker is not told to end, and the pool is not drained.
"""

from typing import Any

from ..core.states import Task, Worker
from ..protocol import codec
from ..protocol.words import MADE
from .parts import AtHand, Parts
from .turns import Turns


class Arrivals(AtHand):
    """Whoever has the engine may use it; :meth:`_unpickle` runs in the thread for it."""

    def __init__(self, parts: Parts, turns: Turns) -> None:
        super().__init__(parts)
        self._turns = turns
        parts.outcomes.arrived = self.come

    def come(self, task: Task, item: int, entry: Any) -> None:
        """One of those that ``Io.arriving`` counts since it was read."""
        worker = task.worker
        assert worker is not None
        self._core.producers += 1
        self._outcomes.errands.append((self._outcomes.unpickling, lambda: self._unpickle(worker, task, item, entry)))

    def _unpickle(self, worker: Worker, task: Task, item: int, entry: Any) -> None:
        made: Any
        try:
            made = (MADE, codec.loads(entry[1], entry[2] if len(entry) > 2 else ()))
        except BaseException as error:
            # Not to be tried again by who asks for it: what was fetched from the worker once is there no more.
            made = (MADE, None, error)
        self._turns.ask(self._unpickled, worker, task, item, made)
        self._selector.wake()

    def _unpickled(self, worker: Worker, task: Task, item: int, entry: Any) -> None:
        self._core.producers -= 1
        self._outcomes.settled.append((task, item, entry))
        if worker.io is not None:
            worker.io.arriving -= 1
            self._workers.stop_at_last(worker)
