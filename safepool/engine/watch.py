"""Deadlines: timeouts, memory limits, batches that do not move, workers that do not end."""

import signal
import time
from typing import Any, Tuple

from .. import postmortem
from ..core.states import Task, Worker
from ..protocol import codec
from ..protocol.slots import REVOKE_END, REVOKE_FROM, STARTED, STATE
from ..protocol.words import IDLE, READING, UNDECIDED
from . import poller
from .base import Io
from .deaths import Coroner
from .dispatch import BATCH_CHECK, STALL_CHECK

#: Seconds. How long a worker's note needs to become visible before tasks are taken back (``_revoked`` in worker/chunks.py).
REVOKE_GRACE = 0.001
#: Between SIGTERM and SIGKILL.
TERM_GRACE = 0.3
#: A worker that was taken back everything, and does not say for so long that it has seen that, is replaced.
UNRESPONSIVE = 2.0
MEMORY_CHECK = 0.05
MAX_PACE = 0.02
#: Workers that hold tasks are looked at once a second in any case.
HEARTBEAT = 1.0


class Watch(Coroner):
    def _tick(self, now: float) -> None:
        """Look at every worker that may need attention; sets when to look next."""
        self._next_tick = float("inf")
        for worker in list(self.core.workers.values()):
            io = worker.io
            if now < io.look_at:
                self._soon(io.look_at)
                continue
            io.look_at = float("inf")
            if io.stop_at is not None and now >= io.stop_at:
                self._escalate(worker, now)
            if io.stop_at is not None:
                self._look(worker, io.stop_at)
            if io.orphan and io.pidfd is None:
                if not postmortem.alive(io.pid):
                    self._bury(worker, postmortem.Status(None))
                    continue
                self._look(worker, now + MEMORY_CHECK)
            if worker.held:
                self._check_busy(worker, now)
                if io.result_fd in self._targets and now - io.read_at >= HEARTBEAT:
                    # Nothing should be there that the poller did not report. If there is, late is better than never.
                    io.read_at = now
                    self._read(worker)
                self._look(worker, now + HEARTBEAT)
            elif worker.suspended:
                # It holds nothing, so nothing is lost with it; a pool at full size is worth more.
                if io.suspended_at is None:
                    io.suspended_at = now
                if now - io.suspended_at >= UNRESPONSIVE:
                    self._kill(worker, ("unresponsive",))
                else:
                    self._look(worker, io.suspended_at + UNRESPONSIVE)
            else:
                io.suspended_at = None
        if self.core.queue and self.core.idle:
            self._dispatch(force=True, answered=self._answers != self._answers_seen)
        self._answers_seen = self._answers
        if self._old_templates:
            self._reap_templates()
        if (self._launch_put_off or self._launch_failing is not None) and now >= self._launch_after:
            self._launch_put_off = False
            self._launch_wanted()
            if self._launch_failing is not None and not self.core.workers:
                assert self._launch_error is not None
                self._launch_failed(self._launch_error)

    def _check_busy(self, worker: Worker, now: float) -> None:
        io = worker.io
        if io.leader is not None and now - io.led > STALL_CHECK and io.result_fd in self._targets:
            # The caller that had taken over was torn away, by Ctrl-C perhaps.
            io.leader = None
            self.poller.add(io.result_fd, poller.READ)
        word = io.slot.words[STATE]
        seq, stage = io.slot.state()
        moved = word != io.seen
        if moved:
            io.seen, io.seen_at = word, now
        if io.revoking:
            if now - io.revoking >= REVOKE_GRACE:
                self._decide(worker, seq, stage)
            else:
                self._look(worker, io.revoking + REVOKE_GRACE)
        else:
            unsent = seq > worker.next
            if unsent and not moved:
                # Finished and not sent: the worker is busy with something longer. Take it from the journal.
                base, blobs = io.slot.journal(seq)
                # If BASE is beyond what we know, there is something in the pipe that comes first.
                if blobs and base <= worker.next:
                    self._results(worker, base, list(map(codec.from_journal, blobs)))
            started = stage not in (IDLE, READING)
            if self.core.boundary(worker, seq, started) < worker.sent:
                # It holds tasks that it has not begun. If it does not move and another one is idle, that one
                # shall have them.
                if moved or io.out:
                    self._look(worker, now + (self._pace(io) if worker.items > 1 else STALL_CHECK))
                elif not started and not self.core.idle and now - io.seen_at < UNRESPONSIVE:
                    # Nobody could take over now. If it never begins, it is stopped, or never got the message.
                    self._look(worker, io.seen_at + UNRESPONSIVE)
                elif self.core.idle or not started:
                    io.slot.words[REVOKE_FROM] = UNDECIDED
                    io.slot.words[REVOKE_END] = worker.sent
                    io.revoking = now
                    self._look(worker, now + REVOKE_GRACE)
            elif unsent:
                self._look(worker, now + (self._pace(io) if moved else STALL_CHECK))
        held = self._in_hand(worker, seq)
        if held is not None:
            self._check_limits(worker, held[0], seq, stage, now)

    @staticmethod
    def _pace(io: Io) -> float:
        """Seconds until the next look at a worker that moves on: it gets along without us, and looking costs."""
        io.pace = min(max(io.pace, BATCH_CHECK) * 2, MAX_PACE)
        return io.pace

    def _decide(self, worker: Worker, seq: int, stage: int) -> None:
        """The worker's note is visible by now: what begins after it is ours again."""
        io = worker.io
        io.revoking = 0.0
        end = io.slot.words[REVOKE_END]
        start = self.core.boundary(worker, seq, stage not in (IDLE, READING))
        if start >= end:
            start = end
        # It may not have come to what was taken back before: then that stays revoked, or it would run it after all.
        first = io.revoked[0] if seq < io.revoked[1] else start
        if first < end:
            io.revoked = (first, end)
        io.slot.words[REVOKE_FROM] = first
        if start < end and self.core.take_back(worker, start, end):
            io.suspended_at = None
            self._look(worker, time.monotonic() + UNRESPONSIVE)
            self._dispatch()

    def _check_limits(self, worker: Worker, task: Task, seq: int, stage: int, now: float) -> None:
        limits = task.limits
        if limits is None or worker.io.killed is not None:
            return
        io = worker.io
        if limits.timeout is not None:
            if stage in (IDLE, READING):
                # Given to it and not begun: stopped perhaps. Nothing is lost if another one does it.
                began = io.seen_at if not io.out else now
                stuck: Tuple[Any, ...] = ("unresponsive",)
            else:
                began = io.slot.words[STARTED] / 1e9
                stuck = ("timeout", limits.timeout, seq)
            if now - began >= limits.timeout:
                self._kill(worker, stuck)
                return
            self._look(worker, began + limits.timeout)
        if limits.memory_limit is not None and io.pid is not None:
            memory = postmortem.resident(io.pid)
            if memory is not None:
                io.peak = max(io.peak, memory)
                if memory > limits.memory_limit and stage not in (IDLE, READING):
                    self._kill(worker, ("memory", limits.memory_limit, seq, memory))
                    return
            self._look(worker, now + MEMORY_CHECK)

    def _escalate(self, worker: Worker, now: float) -> None:
        io = worker.io
        if io.killed is None:
            io.killed = ("terminate",)
            io.stop_at = now + TERM_GRACE
            self._kill(worker, None, signal.SIGTERM)
        else:
            io.stop_at = now + 1.0
            self._kill(worker, None, signal.SIGKILL)
