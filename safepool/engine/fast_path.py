"""A caller that waits for one short task reads the answer itself.

Else the answer would wake the engine's thread, just for that to wake the caller. While a caller leads, the
descriptor is out of the poller; whoever finds that the caller does not come gives it back.
"""

import time
from typing import Any, List

from ..core import states
from ..core.states import Task, Worker
from ..protocol.spin import Spin
from . import poller
from .dispatch import Traffic

#: How long a caller waits itself for its result, in milliseconds, and for tasks of what duration it tries.
LEAD_MS = 1
LEAD_NS = 300_000
#: A caller that waited for each of so many tasks at once is expected to wait for the next one too.
LEAD_HABIT = 4


class Lead(Traffic):
    def lead(self, task: Task) -> None:
        """Called by a thread that is about to wait for ``task``: read its worker's answer here, if it comes soon.

        That saves waking this engine's thread just to have it wake the caller. Gives up after LEAD_MS, so that
        the caller can wait in the usual way.
        """
        worker = task.worker
        if worker is None or task.state is not states.ASSIGNED or worker.items != task.count:
            self.unlead(task)
            return
        io = worker.io
        fd = io.result_fd
        with self.lock:
            if io.leading:
                if self._expected is task:
                    self._give_back(task)
                return  # another thread waits for the same task, or was torn away in the middle of it
            if io.leader is not task:
                if io.leader is not None or task.state is not states.ASSIGNED or not self._short():
                    return
                self._take_lead(worker, task)
                if io.leader is not task:
                    return
            self._expected = None
            self._lead_hint = min(LEAD_HABIT, self._lead_hint + 1)
            io.leading = True
        ready = False
        try:
            if io.spin is None:
                io.spin = Spin(fd)
            ready = io.spin.wait(LEAD_MS)
        finally:
            self._end_of_lead(worker, task, fd, ready)

    def _end_of_lead(self, worker: Worker, task: Task, fd: int, ready: bool) -> None:
        """Read what came, give the descriptor back, and tell everybody what became of their tasks."""
        io = worker.io
        settled: List[Any] = []
        errands: List[Any] = []
        try:
            with self.lock:
                try:
                    io.leading = False
                    # It may have died meanwhile, and the descriptor may be another's.
                    if fd in self._targets and self._targets[fd][1] is worker:
                        if ready:
                            self._read(worker)
                        if io.leader is task and fd in self._targets:
                            self.poller.add(fd, poller.READ)
                    if io.leader is task:
                        io.leader = None
                    settled, self._settled = self._settled, []
                    errands, self._errands = self._errands, []
                except BaseException as error:
                    self._torn(error, task)
                    raise
            if settled:
                self._deliver(settled)
            while errands:
                self.helper.call(errands[0])
                del errands[0]
        except BaseException:
            # A signal's, between taking them out and telling the owners: the engine's thread does the rest.
            with self.lock:
                self._settled[:0] = settled
                self._errands[:0] = errands
            self.wake()
            raise

    def unlead(self, task: Task) -> None:
        """The caller will not :meth:`lead` for this task after all (it waits in another way)."""
        if self._expected is task:
            with self.lock:
                self._give_back(task)

    def _give_back(self, task: Task) -> None:
        self._expected = None
        self._lead_hint = 0
        worker = task.worker
        if worker is not None and worker.io is not None and worker.io.leader is task:
            worker.io.leader = None
            if worker.io.result_fd in self._targets:
                self.poller.add(worker.io.result_fd, poller.READ)

    def _short(self) -> bool:
        """Are tasks so short that it pays to wait for the answer of one?"""
        return self.core.cost is not None and self.core.cost <= LEAD_NS and not self.poller.needs_wake

    def _take_lead(self, worker: Worker, task: Task) -> None:
        io = worker.io
        if io.leader is None and io.result_fd in self._targets:
            io.leader = task
            io.led = time.monotonic()
            self.poller.remove(io.result_fd)
