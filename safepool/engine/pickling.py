"""Tasks that were queued without a payload get one before they are due, in the thread that is there for pickling.

A caller pickles what he submits, as long as little is queued. Beyond that (``Core.much_is_queued``) his task is *deferred*: its
owner keeps the objects, which many tasks may share, until it is nearly due. Bytes are never shared instead: an object may have
changed between two tasks that hold it. Tasks keep their order, so what is behind a deferred one waits for it.

Pickling runs users' code, which may take its time, block, ask for this pool: so the engine is held before it, to say which
tasks, and after it, to take what was made, and never meanwhile. What becomes of a task meanwhile (cancelled, failed with
its pool) counts; its payload is thrown away then.
"""

import _thread
from typing import List, Optional, Tuple

from ..core import states
from ..core.states import Task
from ..protocol.clock import now
from .parts import AtHand, Parts
from .staffing import Staffing
from .turns import Turns

#: Small tasks are pickled in groups, which are handed over when they have so many tasks, so many bytes, or took so many seconds:
#: few where workers may be waiting, more where enough is queued, since each hand-over is a switch between threads.
GROUP = 1024
GROUP_BYTES = 1 << 20
SECONDS_IN_NEED = 0.001
SECONDS = 0.02


#: One that takes so many seconds is held up, by whatever: it lets the others pass.
PATIENCE = 1.0


class Group:
    """Tasks whose pickling is on its way, in this order. The thread for that writes ``made``, ``at`` and ``since``."""

    def __init__(self, tasks: List[Task]) -> None:
        self.tasks = tasks
        self.made: List[Tuple[Task, Optional[BaseException]]] = []
        self.at: Optional[Task] = None  # the one in hand
        self.since = now()
        self.thread = 0
        self.left = False  # it ends with the one in hand; whoever has the engine says so


class Pickling(AtHand):
    """``prepare`` may be called by whoever has the engine; the rest is ours.

    A task may be held up: its pickling asks this very pool for something that waits behind it, or blocks. Then it lets the others
    pass: it leaves the queue until it has its payload, and another thread goes on with those that follow.
    """

    def __init__(self, parts: Parts, turns: Turns, staffing: Staffing) -> None:
        super().__init__(parts)
        self._turns = turns
        self._staffing = staffing
        self._group: Optional[Group] = None  # the one on its way
        parts.dispatch.prepare = self.prepare
        parts.outcomes.pickling.hold_up = self._held_up_here

    def prepare(self) -> None:
        """Have the next tasks pickled, if any are nearly due."""
        group = self._group
        if group is not None:
            if now() < group.since + PATIENCE:
                return
            self._let_pass(group)
        tasks = self._core.nearly_due(GROUP)
        if tasks:
            self._group = group = Group(tasks)
            self._outcomes.errands.append((self._outcomes.pickling, lambda: self._pickle(group)))

    def _pickle(self, group: Group) -> None:
        """In the thread for that. Without the engine: a task may have any state by now, and get another one."""
        size = 0
        group.thread = _thread.get_ident()
        group.since = began = now()
        enough = began + (SECONDS_IN_NEED if self._core.queued_bytes < GROUP_BYTES else SECONDS)
        try:
            for task in group.tasks:
                if group.left:
                    break
                group.at = task
                group.made.append((task, self._pickle_one(task)))
                size += task.size
                group.since = now()
                if size >= GROUP_BYTES or group.since >= enough:
                    break
        finally:
            self._turns.ask(self._pickled, group)
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

    def _pickled(self, group: Group) -> None:
        if group is self._group:
            self._group = None
        for task, error in group.made:
            self._made(task, error)
        if self._core.state is states.OPEN or self._core.state is states.CLOSING:
            self._staffing.deal()
            self.prepare()

    def _made(self, task: Task, error: Optional[BaseException]) -> None:
        """It has its payload, or cannot be given one. May be said more than once."""
        core, settled = self._core, self._outcomes.settled
        aside = task.state is states.DETACHED
        if aside and error is None and core.state in (states.OPEN, states.CLOSING):
            core.attach(task)
        elif aside:
            core.drop(task, lambda task, item: settled.append((task, item, error or self._shutdown.failure())))
        elif error is None:
            core.prepared(task)
        else:
            core.unprepared(task, lambda task, item: settled.append((task, item, error)))

    # ---- what is held up

    def _held_up_here(self) -> None:
        """The calling thread is about to wait for the pool, in the middle of the pickling of a task."""
        group = self._group
        if group is not None and group.thread == _thread.get_ident():
            self._turns.ask(self._let_others_pass, group)
            self._selector.wake()

    def _let_others_pass(self, group: Group) -> None:
        if group is self._group:
            self._let_pass(group)
            self._staffing.deal()
            self.prepare()

    def _let_pass(self, group: Group) -> None:
        """What is made counts, what is in hand is put aside, and what follows is another group's."""
        group.left = True
        self._group = None
        made = list(group.made)
        for task, error in made:
            self._made(task, error)
        if group.at is not None and not any(task is group.at for task, _ in made):
            self._core.put_aside(group.at)
