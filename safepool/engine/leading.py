"""What a caller does that is about to wait for a task: it leads, which is to read its worker's answer itself (``fast_path``)."""

from typing import List

from ..core import states
from ..core.states import Task, Worker
from .answers import Answers
from .fast_path import LEAD_MS
from .parts import Parts
from .turns import ALARM, Turns, handler_of, is_threatened


class Leading:
    """:meth:`lead` and :meth:`unlead` are called by callers, the rest by whoever has the engine."""

    def __init__(self, parts: Parts, turns: Turns, answers: Answers) -> None:
        self._selector = parts.selector
        self._fast = parts.fast
        self._turns = turns
        self._answers = answers

    def lead(self, task: Task) -> None:
        """Called by a thread that is about to wait for ``task``: read its worker's answer here, if it comes soon.

        Gives up after LEAD_MS, so that the caller can wait in the usual way.
        """
        worker = task.worker
        if handler_of(ALARM) and is_threatened():
            self._turns.ask(self._do_without, task)
            return
        if worker is None or task.state is not states.ASSIGNED or worker.items != task.count:
            self.unlead(task)
            return
        answer: List[bool] = []
        self._turns.ask_at_once(self._begin, worker, task, answer)
        if not answer:
            # Somebody has the engine, and will see the message: take back what it may give.
            self._turns.ask(self._end, worker, task, answer, False)
            return
        if answer[0]:
            ready = False
            try:
                ready = worker.io.lead.spin.wait(LEAD_MS)
            except RuntimeError:
                pass  # another thread is in there still: it led for too long, and lost that to us (select.poll says so)
            finally:
                self._turns.ask_at_once(self._end, worker, task, answer, ready)

    def _begin(self, worker: Worker, task: Task, answer: List[bool]) -> None:
        answer.append(worker.io is not None and self._fast.begin(worker, task))

    def _end(self, worker: Worker, task: Task, answer: List[bool], ready: bool) -> None:
        """Read what came, if the caller was allowed to lead: else another one does.

        The worker may have died meanwhile, and the descriptor may be another's.
        """
        if not answer[0]:
            return
        if ready and self._selector.is_for(worker.io.channel.result_fd, worker):
            self._answers.read(worker)
        self._fast.end(worker, task)

    def _do_without(self, task: Task) -> None:
        if self._fast.expected is task:
            self._fast.give_back(task)

    def unlead(self, task: Task) -> None:
        """The caller will not :meth:`lead` for this task after all (it waits in another way)."""
        if self._fast.expected is task:
            self._turns.ask(self._fast.give_back, task)
