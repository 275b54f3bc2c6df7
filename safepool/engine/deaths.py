"""A worker is dead: what had it done, what was it doing, why did it die, and who is told what.

First everything that it sent is read (until there is nothing more, never until end-of-file: a forked grandchild may
hold the pipe), then its journal, then its last word. Only then is anybody blamed.
"""

import logging
import signal
from typing import Any, Dict, Optional, Tuple

from .. import postmortem
from ..core import states
from ..core.states import Task, Worker
from ..errors import MemoryLimitExceeded, RemoteTraceback, TaskTimeout, WorkerDied
from ..postmortem import Death
from ..protocol import codec
from ..protocol.words import IDLE, RUNNING, STAGES
from .workers import Staff


class Coroner(Staff):
    def _bury(self, worker: Worker, status: postmortem.Status) -> None:
        """A worker is dead: find out what it had done, what it was doing, and why it died; go on without it."""
        io = worker.io
        if worker.state is states.STOPPING and not worker.held:
            self._release(worker)
            self.core.died(worker, worker.next, IDLE)
            self._after_death()
            return
        self._read(worker, rest=True)
        was_starting = worker.state is states.STARTING
        if worker.id not in self.core.workers:
            return
        seq, stage = io.slot.state()
        if seq < worker.next:
            # It had sent the result and died before it noted that.
            seq, stage = worker.next, IDLE
        elif seq > worker.sent:
            # The memory makes no sense: blame the first task, which is at least among the suspects.
            seq, stage = worker.next, RUNNING
        base, blobs = io.slot.journal(seq)
        if blobs:
            try:
                self._results(worker, base, list(map(codec.from_journal, blobs)))
            except (ValueError, EOFError, TypeError):
                pass
        killed = io.killed
        oom = evidence = None
        if status.exitcode == -signal.SIGKILL and killed is None:
            oom, evidence = self.oom.verdict(io.cgroup)
        cause = self._cause_word(status, oom, killed)
        ours = killed is not None and killed[0] in ("timeout", "memory")
        if killed is not None and ours and killed[2] != seq:
            # The task that we killed it for had ended just then, and the next one was hit.
            ours, killed = False, ("overtaken", killed[0])
        casualties = self.core.died(worker, seq, stage, by_signal=(status.exitcode or 0) < 0, may_retry=not ours)
        text_stage = STAGES.get(stage, "running") if not was_starting else "starting"
        self.log(logging.INFO, "safepool: worker %s died while %s (%s)", io.pid, text_stage, cause)
        code = status.exitcode or 0
        attributes: Dict[str, Any] = {
            "pid": io.pid,
            "exitcode": status.exitcode,
            "signal": postmortem.signal_name(-code) if code < 0 else None,
            "cause": cause,
            "oom": oom,
            "evidence": evidence,
            "stage": text_stage,
            "rss": status.peak or io.peak or None,
        }
        if casualties.victim is not None and not casualties.retried:
            task, item = casualties.victim
            error = self._death_error(task, item, attributes, status, killed)
            self._settled.append((task.owner, task.index + item, error))
        elif casualties.victim is not None:
            task, item = casualties.victim
            error = self._death_error(task, item, attributes, status, killed)
        else:
            error = WorkerDied(
                postmortem.message(Death(io.pid, status, text_stage, oom=oom, evidence=evidence)),
                **attributes,
            )
        for task, item in casualties.lost:
            lost = self._death_error(task, item, dict(attributes, cause="result lost"), status, killed, lost=True)
            self._settled.append((task.owner, task.index + item, lost))
        death = error
        if isinstance(error, TaskTimeout):
            # For the caller the task was too slow; in the list of deaths it is the death of a worker.
            note = f"the pool killed it since the task ran longer than its timeout of {error.timeout} s"
            text = postmortem.message(Death(io.pid, status, text_stage, error.task, error.index, note=note))
            extra = {"task": error.task, "index": error.index, "attempts": error.attempts}
            death = WorkerDied(text, **dict(attributes, **extra))
        else:
            # A copy: the one that is raised collects its callers' frames, and with them all that they hold.
            death = type(error)(*error.args, **error.__dict__)
        if not self._terminating:
            self.deaths.append(death)
        if self.on_death is not None and not self._terminating:
            on_death = self.on_death
            self._errands.append(lambda: on_death(death))
        for part in casualties.detached:
            self._refill(part)
        start_error = io.start_error
        self._release(worker)
        if start_error is not None:
            self._break(f"a worker could not start: {start_error[0]}", "initializer", RemoteTraceback(start_error[1]))
        elif was_starting and self.core.start_hopeless:
            self._break(f"the workers die before they can work; the last: {error}", "start", error)
        self._after_death()

    def _after_death(self) -> None:
        if self.core.state in (states.OPEN, states.CLOSING):
            self._launch_wanted()
            self._dispatch()
            self._check_stranded()

    @staticmethod
    def _cause_word(status: postmortem.Status, oom: Optional[str], killed: Optional[Tuple[Any, ...]]) -> str:
        if killed is not None:
            word: str = killed[0]
            return {"memory": "memory limit", "terminate": "terminated"}.get(word, word)
        if status.exitcode is None:
            return "unknown"
        if oom is not None:
            return "oom"
        return "signal" if status.exitcode < 0 else "exit"

    def _death_error(
        self,
        task: Task,
        item: int,
        attributes: Dict[str, Any],
        status: postmortem.Status,
        killed: Optional[Tuple[Any, ...]],
        lost: bool = False,
    ) -> Any:
        owner = task.owner
        call, index = owner.describe_item(task.index + item)
        attributes = dict(attributes, task=call, index=index, attempts=max(1, task.attempts))
        position = "" if index is None else f"task {index}, "
        if killed is not None and killed[0] == "timeout" and not lost:
            return TaskTimeout(
                f"{position}{call} ran longer than its timeout of {killed[1]:g} s; its worker (pid {attributes['pid']}) "
                f"was {attributes['stage']} and has been killed",
                timeout=killed[1],
                **{k: attributes[k] for k in ("pid", "stage", "task", "index", "attempts")},
            )
        others = owner.others_left()
        note = ""
        if killed is not None and killed[0] == "memory" and not lost:
            held, allowed = postmortem.size(killed[3]), postmortem.size(killed[1])
            note = f"the pool killed it since it held {held}, more than its memory limit of {allowed}"
            attributes["rss"] = killed[3]
        elif killed is not None and killed[0] == "protocol":
            note = "the pool killed it since its answer made no sense"
        elif killed is not None and killed[0] == "overtaken":
            limit = "timeout" if killed[1] == "timeout" else "memory limit"
            note = (
                f"the pool killed it for the task before this one, which was over its {limit} and ended at that moment"
            )
        text = postmortem.message(
            Death(
                attributes["pid"],
                status,
                attributes["stage"],
                call,
                index,
                attributes["oom"],
                attributes["evidence"],
                others,
                note,
                lost,
            )
        )
        if killed is not None and killed[0] == "memory" and not lost:
            return MemoryLimitExceeded(text, limit=killed[1], **attributes)
        return WorkerDied(text, **attributes)
