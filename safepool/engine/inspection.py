"""What is due: every worker is looked at when it asks for that, and everything once a second."""

from typing import Any

from .. import postmortem
from ..core import states
from ..core.states import Worker
from ..protocol.slots import REVOKE_END, REVOKE_FROM, STARTED, STATE
from ..protocol.words import IDLE, READING, UNDECIDED
from . import watch
from .answers import Answers
from .burial import Burial
from .parts import AtHand, Parts
from .reports import Reports
from .staffing import Staffing
from .workers import Killed

#: How often everything is looked at, in seconds.
HEARTBEAT = 1.0


class Inspection(AtHand):
    """Whoever has the engine may use it. ``heartbeat``: when everything is looked at next."""

    def __init__(self, parts: Parts, staffing: Staffing, answers: Answers, burial: Burial, reports: Reports) -> None:
        super().__init__(parts)
        self._staffing = staffing
        self._answers = answers
        self._burial = burial
        self._reports = reports
        self.heartbeat = 0.0

    def tick(self, moment: float) -> None:
        """Look at every worker that may need attention; sets when to look next."""
        self._selector.next_tick = float("inf")
        heartbeat = moment >= self.heartbeat
        if heartbeat:
            self.heartbeat = moment + HEARTBEAT
            self._outcomes.look()
            self._templates.reap()
            if self._templates.is_stuck(moment, self._workers.unanswered()):
                self._reports.lost(stuck=True)
        for worker in list(self._core.workers.values()):
            attention = worker.io.attention
            if moment < attention.look_at and not heartbeat:
                self._selector.due(attention.look_at)
                continue
            attention.look_at = watch.NEVER
            if self._core.workers.get(worker.id) is worker:  # else it was buried while another one was looked at
                self._look_at(worker, moment, heartbeat)
        if self._core.queue and self._core.idle:
            answered = self._dispatch.answers != self._dispatch.answers_seen
            self._dispatch.deal(force=True, answered=answered)
        self._dispatch.answers_seen = self._dispatch.answers
        if not self._templates.launcher.flush():
            self._selector.due(moment + 0.01)
        if self._core.state in (states.OPEN, states.CLOSING):
            self._staffing.launch_wanted()

    def _look_at(self, worker: Worker, moment: float, thoroughly: bool) -> None:
        io = worker.io
        if not self._workers.is_alive(worker, thoroughly):
            if io.dead_since is not None:
                # Its status was asked for. This thread may have been busy since, or not been let: what was told meanwhile counts.
                self._reports.hear()
            self._burial.died(worker, None)
            return
        if not io.known:
            self._look(worker, moment + self._workers.patience_with(worker, moment))
        elif io.pidfd is None:
            self._look(worker, moment + 0.05)
        if io.stop_at is not None:
            if moment >= io.stop_at:
                self._shutdown.escalate(worker, moment)
            self._look(worker, io.stop_at)
        self._workers.kill_again(worker, moment)
        attention = io.attention
        if worker.held:
            self._look_at_busy(worker, moment)
            self._look(worker, moment + HEARTBEAT)
        else:
            replace, when = watch.idle(attention, worker.suspended, moment)
            if replace:
                self._workers.kill(worker, Killed("unresponsive"))
            else:
                self._look(worker, when)
        if (
            moment - attention.read_at >= HEARTBEAT
            and self._selector.is_for(io.channel.result_fd, worker)
            and not io.lead.leading
            and io.channel.is_ours()
        ):
            # Nothing should be there that the selector did not report. If there is, late is better than never.
            attention.read_at = moment
            self._answers.read(worker)

    def _facts(self, worker: Worker, moment: float) -> watch.Facts:
        slot = worker.io.channel.slot
        word = slot.words[STATE]
        seq, stage = slot.state()
        return watch.Facts(
            moment,
            word,
            seq,
            stage,
            worker.next,
            worker.sent,
            worker.items,
            self._core.boundary(worker, seq, stage not in (IDLE, READING)),
            bool(worker.io.channel.out),
            bool(self._core.idle),
        )

    def _look_at_busy(self, worker: Worker, moment: float) -> None:
        io = worker.io
        self._fast.look(worker, moment, watch.STALL_CHECK)
        if io.lead.leader is not None:
            self._look(worker, io.lead.since + watch.STALL_CHECK)  # should its caller be torn away
        facts = self._facts(worker, moment)
        action, when = watch.busy(io.attention, facts)
        slot_words = io.channel.slot.words
        if action is watch.TAKE_JOURNAL:
            try:
                self._dispatch.journal(worker, facts.seq)
            except states.IllegalTransition as error:
                self._answers.kill_for_nonsense(worker, str(error))
        elif action is watch.REVOKE:
            slot_words[REVOKE_FROM] = UNDECIDED
            slot_words[REVOKE_END] = worker.sent
        elif action is watch.DECIDE:
            end = slot_words[REVOKE_END]
            start, first = watch.decide(io.attention, facts, end)
            slot_words[REVOKE_FROM] = first
            if start < end and self._core.take_back(worker, start, end):
                io.attention.suspended_at = None
                self._look(worker, moment + watch.UNRESPONSIVE)
                self._staffing.deal()
        self._look(worker, when)
        held = self._core.in_hand(worker, facts.seq)
        if held is not None and held[0].limits is not None and io.killed is None:
            self._check_limits(worker, held[0].limits, facts)

    def _check_limits(self, worker: Worker, limits: Any, facts: watch.Facts) -> None:
        io = worker.io
        if limits.timeout is not None:
            began = io.channel.slot.words[STARTED] / 1e9
            over, when = watch.timeout(limits.timeout, facts, io.attention.seen_at, began)
            if over is not None:
                if over.what == "timeout":
                    self._workers.kill(worker, Killed("timeout", limits.timeout, facts.seq))
                else:
                    self._workers.kill(worker, Killed("unresponsive"))
                return
            self._look(worker, when)
        if limits.memory_limit is not None and io.pid is not None and io.started:
            pid = io.pid
            held = postmortem.resident(pid)
            io.peak = max(io.peak, held or 0)
            taken = watch.memory(limits.memory_limit, facts, held, io.baseline, lambda: postmortem.dirty(pid))
            if taken is not None:
                self._workers.kill(worker, Killed("memory", limits.memory_limit, facts.seq, held, taken=taken))
                return
            self._look(worker, facts.now + watch.MEMORY_CHECK)
