"""Tasks that were queued without a payload get one before they are due, in the thread that is there for pickling.

A caller pickles what he submits, as long as little is queued. Beyond that (``Core.much_is_queued``) his task is *deferred*: its
owner keeps the objects, which many tasks may share, until it is nearly due. Bytes are never shared instead: an object may have
changed between two tasks that hold it. Tasks keep their order, so what is behind a deferred one waits for it.

Pickling runs users' code, which may take its time, block, ask for this pool: so the engine is held before it, to say which
tasks, and after it, to take what was made, and never meanwhile. What becomes of a task meanwhile (cancelled, failed with
its pool) counts; its payload is thrown away then.
"""

from typing import List, Optional, Tuple

from ..core import states
from ..core.states import Task
from .clock import now
from .parts import AtHand, Parts
from .staffing import Staffing
from .turns import Turns

#: Small tasks are pickled in groups, which are handed over when they have so many tasks, so many bytes, or took so many seconds:
#: few where workers may be waiting, more where enough is queued, since each hand-over is a switch between threads.
GROUP = 1024
GROUP_BYTES = 1 << 20
SECONDS_IN_NEED = 0.001
SECONDS = 0.02


class Pickling(AtHand):
    """``prepare`` may be called by whoever has the engine; the rest is ours."""

    def __init__(self, parts: Parts, turns: Turns, staffing: Staffing) -> None:
        super().__init__(parts)
        self._turns = turns
        self._staffing = staffing
        self._at_it = False  # is a group on its way?
        parts.dispatch.prepare = self.prepare

    def prepare(self) -> None:
        """Have the next tasks pickled, if any are nearly due."""
        if not self._at_it:
            tasks = self._core.nearly_due(GROUP)
            if tasks:
                self._at_it = True
                self._outcomes.errands.append((self._outcomes.pickling, lambda: self._pickle(tasks)))

    def _pickle(self, tasks: List[Task]) -> None:
        """In the thread for that. Without the engine: a task may have any state by now, and get another one."""
        made: List[Tuple[Task, Optional[BaseException]]] = []
        size = 0
        enough = now() + (SECONDS_IN_NEED if self._core.queued_bytes < GROUP_BYTES else SECONDS)
        try:
            for task in tasks:
                made.append((task, self._pickle_one(task)))
                size += task.size
                if size >= GROUP_BYTES or now() >= enough:
                    break
        finally:
            self._turns.ask(self._pickled, made)
        if self._core.state is not states.OPEN or self._shutdown.closing:
            self._selector.wake()  # perhaps that was what the end waited for

    @staticmethod
    def _pickle_one(task: Task) -> Optional[BaseException]:
        """What it raised. No frame of ours keeps that: its traceback refers to them."""
        if task.state is not states.QUEUED:
            return None
        try:
            task.owner.refill_part(task)
        except BaseException as error:
            return error
        return None

    def _pickled(self, made: List[Tuple[Task, Optional[BaseException]]]) -> None:
        self._at_it = False
        settled = self._outcomes.settled
        for task, error in made:
            if error is None:
                self._core.prepared(task)
            else:
                self._core.unprepared(task, lambda task, item, error=error: settled.append((task, item, error)))  # type: ignore[misc]
        if self._core.state is states.OPEN or self._core.state is states.CLOSING:
            self._staffing.deal()
            self.prepare()
