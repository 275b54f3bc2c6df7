"""A worker is dead: the engine finds out, tells those who wait for what was lost, and goes on without it."""

import logging
from collections import deque
from typing import Any, Callable, Deque, Optional

from .. import postmortem
from ..core import states
from ..core.states import Casualties, Task, Worker
from ..errors import RemoteTraceback, WorkerDied
from ..protocol.clock import now
from ..protocol.words import IDLE
from . import deaths
from .answers import Answers
from .parts import AtHand, Parts
from .staffing import Staffing
from .turns import Turns


class Burial(AtHand):
    """``deaths`` anybody may read; the rest belongs to whoever has the engine. ``on_death`` is called for each death."""

    def __init__(
        self,
        parts: Parts,
        turns: Turns,
        staffing: Staffing,
        answers: Answers,
        on_death: Optional[Callable[[WorkerDied], Any]],
    ) -> None:
        super().__init__(parts)
        self._turns = turns
        self._staffing = staffing
        self._answers = answers
        self._on_death = on_death
        self._oom = postmortem.OomWatch()
        self.deaths: Deque[WorkerDied] = deque(maxlen=1000)  # the newest
        parts.outcomes.refill = self.refill
        parts.outcomes.refill_each = self.refill_each

    def died(self, worker: Worker, status: Optional[postmortem.Status]) -> None:
        """A worker is dead. ``status``: None if the template has not told it (yet)."""
        if self._core.workers.get(worker.id) is not worker:
            return
        if status is None:
            self._selector.remove(worker.io.pidfd)  # it stays readable
            status = self._workers.status_of(worker, now())
            if status is None:
                return  # the template has a moment to tell
        self.bury(worker, status)

    def bury(self, worker: Worker, status: postmortem.Status) -> None:
        """Find out what a dead worker had done, what it was doing, and why it died; go on without it.

        The order: see ``deaths``.
        """
        io = worker.io
        if io.pid is None:
            identity = io.channel.slot.identity()
            io.pid = identity[0] if identity is not None else None
        if worker.state is states.STOPPING and not worker.held and io.killed is None:
            self._workers.release(worker)
            self._core.died(worker, worker.next, IDLE)
            self._after_death()
            return
        self._answers.read(worker, everything=True)
        was_starting = worker.state is states.STARTING
        seq, stage = deaths.last_word(io.channel.slot.state(), worker.next, worker.sent)
        try:
            self._dispatch.journal(worker, seq)
        except states.IllegalTransition:
            pass
        oom = evidence = None
        if deaths.may_be_oom(status, io.killed):
            oom, evidence = self._oom.verdict(io.cgroup)
        killed, ours = deaths.of_this_item(io.killed, seq)
        cause = deaths.cause_word(status, oom, io.killed)
        peak = status.peak or io.peak or None
        autopsy = deaths.Autopsy(
            io.pid, status, deaths.stage_word(stage, was_starting), cause, oom, evidence, peak, killed
        )
        casualties = self._core.died(worker, seq, stage, by_signal=(status.exitcode or 0) < 0, may_retry=not ours)
        self._outcomes.log(logging.INFO, "safepool: worker %s died while %s (%s)", io.pid, autopsy.stage, cause)
        try:
            error = self._tell_of(casualties, autopsy)
        except BaseException as problem:
            # No memory for words, say. The core knows nothing of these any more: nobody else would tell their owners.
            for task, item in casualties.to_be_told:
                self._outcomes.settled.append((task, item, problem.with_traceback(None)))
            raise
        finally:
            self._outcomes.insist(self._workers.release, worker)
        start_error = io.start_error
        hopeless = self._core.start_hopeless if was_starting else self._core.all_in_vain
        if start_error is not None and (hopeless or not self._core.proven):
            self._shutdown.break_(
                f"a worker could not start: {start_error[0]}", "initializer", RemoteTraceback(start_error[1])
            )
        elif start_error is not None:
            # Workers have started before, so it may be a passing trouble: the next one tries again.
            text = "safepool: worker %s could not start, and is replaced: %s"
            self._outcomes.log(logging.WARNING, text, autopsy.pid, start_error[0])
        elif hopeless:
            self._shutdown.break_(f"the workers die before they can work; the last: {error}", "start", error)
        self._after_death()

    def _tell_of(self, casualties: Casualties, autopsy: deaths.Autopsy) -> Any:
        """Tell owners, and who asked to hear of deaths; the error that says what this one was."""
        error: Any = deaths.of_nobody(autopsy)
        if casualties.victim is not None:
            task, item = casualties.victim
            error = deaths.of_task(autopsy, self._called(task, item))
            if not casualties.retried:
                self._outcomes.settled.append((task, item, error))
        for task, item in casualties.lost:
            self._outcomes.settled.append((task, item, deaths.of_task(autopsy, self._called(task, item), lost=True)))
        if not self._shutdown.terminating:
            death = deaths.for_the_list(error, autopsy)
            self.deaths.append(death)
            if self._on_death is not None:
                on_death = self._on_death
                self._outcomes.errands.append((self._outcomes.callbacks, lambda: on_death(death)))
        for part in casualties.detached:
            self.refill(part)
        return error

    @staticmethod
    def _called(task: Task, item: int) -> deaths.Called:
        owner = task.owner
        try:
            call, position = owner.describe_item(task.index + item)
            others = owner.others_left()
        except Exception:  # whatever is wrong with its words, the owner has to be told
            call, position, others = None, None, 0
        return deaths.Called(call, position, max(1, task.attempts), others)

    def _after_death(self) -> None:
        if self._core.state in (states.OPEN, states.CLOSING):
            self._staffing.launch_wanted()
            self._staffing.deal()
            self._staffing.check_stranded()

    def refill(self, part: Task) -> None:
        """Have the rest of a chunk pickled again, in the thread that is there for it."""
        self._outcomes.errands.append((self._outcomes.pickling, lambda: self._pickle_again(part)))

    def refill_each(self, part: Task) -> None:
        """The same, for each of its items by itself. Who comes last is first in the queue."""
        if part.state is states.DETACHED:
            for one in reversed(self._core.singles(part)):
                self.refill(one)

    def _pickle_again(self, part: Task) -> None:
        error: Optional[BaseException] = None
        try:
            part.owner.refill_part(part)
        except BaseException as problem:
            error = problem
        self._turns.ask(self._refilled, part, error)
        self._selector.wake()

    def _refilled(self, part: Task, error: Optional[BaseException]) -> None:
        if part.state is not states.DETACHED:
            return
        if error is None and self._core.state in (states.OPEN, states.CLOSING):
            self._core.attach(part)
            self._staffing.deal()
            return
        if part.count - part.done > 1 and self._core.state in (states.OPEN, states.CLOSING):
            # One of them is the reason, the others are as good as before.
            self.refill_each(part)
            return
        settled = self._outcomes.settled
        self._core.drop(part, lambda task, item: settled.append((task, item, error or self._shutdown.failure())))
