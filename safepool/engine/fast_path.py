"""A caller that waits for one short task reads the answer itself.

Else the answer would wake the engine's thread, just for that to wake the caller. While a caller leads, the descriptor
is left alone by the selector; whoever finds that the caller does not come gives it back: the engine's watch after a
tenth of a second, if the caller was torn away (by Ctrl-C, say).
"""

from typing import Any, Optional

from ..core import states
from ..core.decisions import Core
from ..core.states import Task, Worker
from ..protocol.clock import now
from ..protocol.spin import Spin
from .selector import Selector

#: How long a caller waits itself for its result, in milliseconds, and for tasks of what duration it tries.
LEAD_MS = 1
LEAD_NS = 300_000
#: A caller that waited for each of so many tasks at once is expected to wait for the next one too.
LEAD_HABIT = 4


class Lead:
    """Who reads a worker's answers instead of the engine's thread."""

    __slots__ = ("leader", "leading", "since", "spin")

    def __init__(self) -> None:
        self.leader: Optional[Task] = None  # whose caller does
        self.since = 0.0
        self.leading = False  # is a thread in the spin's wait? Only one may be (``select.poll`` refuses a second)
        self.spin: Optional[Spin] = None  # how it waits


class FastPath:
    """Who leads, and who is expected to. Whoever has the engine may use it."""

    def __init__(self, core: Core, selector: Selector) -> None:
        self._core = core
        self._selector = selector
        self.expected: Optional[Task] = None  # a caller is expected to lead for it, by habit
        self._times = 0  # how many times in a row a caller did

    @property
    def habit(self) -> bool:
        return self._times >= LEAD_HABIT

    def pays(self) -> bool:
        """Are tasks so short that it pays to wait for the answer of one?"""
        cost = self._core.cost
        return cost is not None and cost <= LEAD_NS and self._selector.immediate

    def expect(self, worker: Worker, task: Task) -> None:
        """The caller of this task, which the worker is about to get, will lead."""
        self._take(worker, task)
        self.expected = task

    def begin(self, worker: Worker, task: Task) -> bool:
        """The caller is here, and wants to lead. May it?"""
        lead = worker.io.lead
        if lead.leading:
            if self.expected is task:
                self.give_back(task)
            return False  # another thread waits for the same task, or was torn away in the middle of it
        if lead.leader is not task:
            if lead.leader is not None or task.state is not states.ASSIGNED or not self.pays():
                return False
            self._take(worker, task)
            if lead.leader is not task:
                return False
        self.expected = None
        self._times = min(LEAD_HABIT, self._times + 1)
        if lead.spin is None:
            lead.spin = Spin(worker.io.channel.result_fd)
        lead.leading = True
        return True

    def end(self, worker: Worker, task: Task) -> None:
        """The caller has read what there was, or gives up."""
        lead = worker.io.lead
        lead.leading = False
        if lead.leader is task:
            lead.leader = None
            self._resume(worker)

    def give_back(self, task: Task) -> None:
        """The caller will not lead for this task after all."""
        self.expected = None
        self._times = 0
        worker = task.worker
        if worker is not None and worker.io is not None and worker.io.lead.leader is task:
            worker.io.lead.leader = None
            self._resume(worker)

    def look(self, worker: Worker, moment: float, patience: float) -> None:
        """Give back what a caller has had for too long."""
        lead = worker.io.lead
        if lead.leader is not None and moment >= lead.since + patience:
            lead.leader = None
            lead.leading = False
            self._resume(worker)

    def _take(self, worker: Worker, task: Task) -> None:
        io: Any = worker.io
        if io.lead.leader is None and self._selector.is_for(io.channel.result_fd, worker):
            io.lead.leader = task
            io.lead.since = now()
            self._selector.leave(io.channel.result_fd)

    def _resume(self, worker: Worker) -> None:
        fd = worker.io.channel.result_fd
        if fd is not None:
            self._selector.resume(fd)
