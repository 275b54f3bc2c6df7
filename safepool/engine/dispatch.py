"""Tasks to workers, and what workers answer. Whoever has the engine may use it; nothing here waits or runs users' code."""

from typing import Any, Callable, List

from .. import postmortem
from ..core import states
from ..core.decisions import Core
from ..core.states import Worker
from ..protocol import codec, wire, words
from ..protocol.clock import now
from ..protocol.slots import TAKEN
from ..protocol.words import LARGE
from .outcomes import Outcomes
from .selector import Selector
from .watch import BATCH_CHECK, STALL_CHECK


class Dispatch:
    """``look(worker, when)`` is asked to have a worker looked at, ``prepare()`` to have tasks pickled that are nearly due."""

    prepare: Callable[[], None]

    def __init__(
        self, core: Core, selector: Selector, outcomes: Outcomes, look: Callable[[Worker, float], None]
    ) -> None:
        self._core = core
        self._selector = selector
        self._outcomes = outcomes
        self._look = look
        self.answers = 0  # messages with results so far
        self.answers_seen = 0  # at the last tick
        self._looked_for_stuck = 0.0

    # ---- to the workers

    def deal(self, force: bool = False, answered: bool = False) -> None:
        """Deal tasks out to idle workers; none while workers are :meth:`Core.crowded`, unless ``force`` is true.

        Then one, if the others have ``answered`` meanwhile, else to all: they are busy with something longer.
        """
        core = self._core
        if core.deferred:
            self.prepare()
        if not force and core.queue and core.idle and core.crowded():
            self._selector.due(now() + BATCH_CHECK)
            return
        while core.queue and core.idle:
            if not self.feed(next(reversed(core.idle))):
                break
            if force and answered and core.crowded():
                self._selector.due(now() + BATCH_CHECK)
                break

    def feed(self, worker: Worker) -> bool:
        """Send the worker what it should have now; nothing, and False, if there is nothing for it."""
        tasks = self._core.take(worker)
        if self._core.deferred:
            self.prepare()
        if not tasks:
            return False
        units: List[Any] = []
        lengths: List[int] = []
        parts: List[Any] = []
        watched = False
        for task in tasks:
            payload = task.payload
            if type(payload) is tuple:
                units.append(payload)
            else:
                units.append(payload.unit)
                lengths += payload.packed.lengths
                parts += payload.packed.parts
            if task.limits is not None:
                watched = True
        io = worker.io
        if watched and io.baseline is None and io.pid is not None:
            io.baseline = postmortem.resident(io.pid)
        channel = io.channel
        kind = words.TASKS
        if parts and self._arena_is_free(worker) and sum(lengths) <= len(channel.slot.tasks):
            wire.put(channel.slot.tasks, parts)
            io.in_arena = tasks
            kind |= wire.IN_ARENA
            parts = []
        channel.send(wire.frame(kind, (tasks[0].seq, units), lengths), parts)
        io.attention.fresh()
        self._look(worker, now() + (BATCH_CHECK if worker.items > 1 or watched else STALL_CHECK))
        return True

    @staticmethod
    def _arena_is_free(worker: Worker) -> bool:
        """Has the worker no task any more, of those that were put there, that it may still read?"""
        return not any(task.state is states.ASSIGNED and task.worker is worker for task in worker.io.in_arena)

    # ---- from the workers

    def results(self, worker: Worker, envelope: Any, buffers: List[Any]) -> None:
        """A message with results. Raises IllegalTransition for an answer that makes no sense."""
        first, busy, entries = envelope
        self.answers += 1
        io = worker.io
        if buffers:
            if type(buffers[0]) is memoryview:
                buffers = codec.owned(buffers)
                io.taken += 1
                io.channel.slot.words[TAKEN] = io.taken
            buffers.reverse()
            for i, entry in enumerate(entries):
                if type(entry) is tuple and entry[0] == LARGE:
                    mine = [buffers.pop() for _ in range(entry[2])]
                    entries[i] = (entry[1], mine[0], *entry[3:], mine[1:])
        self._core.delivered(worker, first, entries, busy, self._outcomes.settled)
        if io.in_arena and self._arena_is_free(worker):
            io.in_arena = []  # nor keep their owners, and the results that those hold

    def journal(self, worker: Worker, upto: int) -> None:
        """What the worker has finished before item ``upto`` and not sent yet, from its journal; raises as :meth:`results`."""
        base, found = worker.io.channel.slot.journal(upto)
        if not found or base > worker.next:  # else there is something in the pipe that comes first
            return
        try:
            entries = list(map(codec.from_journal, found))
        except (ValueError, EOFError, TypeError):
            return
        self._core.delivered(worker, base, entries, 0, self._outcomes.settled)

    def after_results(self, worker: Worker) -> bool:
        """Give it more, or have others looked after; True if it is worn out and has to be replaced."""
        core = self._core
        if worker.held:
            if core.queue:
                self.feed(worker)
            if worker.items > 1 or worker.held[0].limits is not None:
                self._look(worker, now() + max(BATCH_CHECK, worker.io.attention.pace))
        elif worker.state is states.IDLE:
            if core.worn_out(worker):
                return True
            if core.queue:
                self.feed(worker)
            elif len(core.workers) > 1:
                self.look_for_stuck()
        return False

    def look_for_stuck(self) -> None:
        """A worker has nothing to do: if others hold tasks that they have not begun, have them looked after soon."""
        moment = now()
        core = self._core
        if self._looked_for_stuck + BATCH_CHECK <= moment and len(core.idle) < len(core.workers):
            self._looked_for_stuck = moment
            for worker in core.workers.values():
                if len(worker.held) > 1 or (worker.items > 1 and worker.held[0].loose):
                    worker.io.attention.pace = BATCH_CHECK
                    self._look(worker, moment + BATCH_CHECK)
