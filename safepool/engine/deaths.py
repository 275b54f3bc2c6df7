"""A worker is dead: what was it doing, why did it die, and what are the owners of its tasks told? Pure functions.

The order in which the engine finds out is what makes the answer right: first everything that the worker sent (until
there is nothing more, never until end-of-file: a forked grandchild may hold the pipe), then its journal, then its
last word. Only then is anybody blamed.
"""

import signal
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from .. import postmortem
from ..errors import MemoryLimitExceeded, TaskTimeout, WorkerDied
from ..protocol.words import IDLE, RUNNING, STAGES
from .workers import Killed


class Autopsy(NamedTuple):
    """What is known of a death, whoever is told of it.

    ``pid`` and ``status``; ``stage`` and ``cause`` in words; what the OOM killer has to do with it (``oom``:
    "certain", "likely" or None, ``evidence``: why); ``peak``: resident memory in bytes, or None; ``killed``: why we
    killed it, if we did.
    """

    pid: Optional[int]
    status: postmortem.Status
    stage: str
    cause: str
    oom: Optional[str]
    evidence: Optional[str]
    peak: Optional[int]
    killed: Optional[Killed]

    @property
    def attributes(self) -> Dict[str, Any]:
        code = self.status.exitcode or 0
        return {
            "pid": self.pid,
            "exitcode": self.status.exitcode,
            "signal": postmortem.signal_name(-code) if code < 0 else None,
            "cause": self.cause,
            "oom": self.oom,
            "evidence": self.evidence,
            "stage": self.stage,
            "rss": self.peak,
        }


class Called(NamedTuple):
    """A task in words: the ``call``, its ``position`` among several (None: the only one), how often it was tried, and how many
    ``others`` its death does not affect."""

    call: Optional[str]
    position: Optional[int]
    attempts: int
    others: int

    @property
    def attributes(self) -> Dict[str, Any]:
        return {"task": self.call, "index": self.position, "attempts": self.attempts}


def last_word(note: Tuple[int, int], awaited: int, sent: int) -> Tuple[int, int]:
    """The item that a dead worker had in hand, and its stage, by its own last ``note``. ``awaited``: the first item
    whose result has
    not come; ``sent``: the first that it was not sent."""
    seq, stage = note
    if seq < awaited:
        return awaited, IDLE  # it had sent the result and died before it noted that
    if seq > sent:
        return awaited, RUNNING  # the memory makes no sense: blame the first task, which is at least among the suspects
    return seq, stage


def of_this_item(killed: Optional[Killed], seq: int) -> Tuple[Optional[Killed], bool]:
    """Why we killed it, seen from the item in hand; and whether that is to blame, so that running it again would end
    the same way.

    If the item that we killed the worker for had ended just then, the next one was hit.
    """
    ours = killed is not None and killed.why in ("timeout", "memory")
    if killed is not None and ours and killed.seq != seq:
        return Killed("overtaken", limit_of=killed.why), False
    return killed, ours


def cause_word(status: postmortem.Status, oom: Optional[str], killed: Optional[Killed]) -> str:
    if killed is not None:
        return {"memory": "memory limit", "terminate": "terminated"}.get(killed.why, killed.why)
    if status.exitcode is None:
        return "unknown"
    if oom is not None:
        return "oom"
    return "signal" if status.exitcode < 0 else "exit"


def may_be_oom(status: postmortem.Status, killed: Optional[Killed]) -> bool:
    """Could the kernel's OOM killer have done it?"""
    return status.exitcode == -signal.SIGKILL and killed is None


def stage_word(stage: int, was_starting: bool) -> str:
    return "starting" if was_starting else STAGES.get(stage, "running")


def of_nobody(autopsy: Autopsy) -> WorkerDied:
    """The error for a worker that died with no task in hand."""
    death = postmortem.Death(autopsy.pid, autopsy.status, autopsy.stage, oom=autopsy.oom, evidence=autopsy.evidence)
    return WorkerDied(postmortem.message(death), **autopsy.attributes)


def of_task(autopsy: Autopsy, called: Called, lost: bool = False) -> Union[WorkerDied, TaskTimeout]:
    """The error for the task in hand; ``lost``: for one that had finished, but whose result did not come."""
    killed = None if lost else autopsy.killed
    attributes: Dict[str, Any] = {**autopsy.attributes, **called.attributes}
    if lost:
        attributes["cause"] = "result lost"
    position = "" if called.position is None else f"task {called.position}, "
    if killed is not None and killed.why == "timeout":
        return TaskTimeout(
            f"{position}{called.call} ran longer than its timeout of {killed.limit:g} s; its worker (pid {autopsy.pid}) "
            f"was {autopsy.stage} and has been killed",
            timeout=killed.limit,
            **{key: attributes[key] for key in ("pid", "stage", "task", "index", "attempts")},
        )
    note = ""
    if killed is not None and killed.why == "memory" and killed.held is not None and killed.limit is not None:
        taken = postmortem.size(killed.held if killed.taken is None else killed.taken)
        note = (
            f"the pool killed it since it took {taken}, more than its memory limit of {postmortem.size(killed.limit)}"
        )
        attributes["rss"] = killed.held
    elif autopsy.killed is not None and autopsy.killed.why == "protocol":
        note = "the pool killed it since its answer made no sense"
    elif autopsy.killed is not None and autopsy.killed.why == "overtaken":
        limit = "timeout" if autopsy.killed.limit_of == "timeout" else "memory limit"
        note = f"the pool killed it for the task before this one, which was over its {limit} and ended at that moment"
    text = postmortem.message(
        postmortem.Death(
            autopsy.pid,
            autopsy.status,
            autopsy.stage,
            called.call,
            called.position,
            autopsy.oom,
            autopsy.evidence,
            called.others,
            note,
            lost,
        )
    )
    if killed is not None and killed.why == "memory" and killed.limit is not None:
        return MemoryLimitExceeded(text, limit=int(killed.limit), **attributes)
    return WorkerDied(text, **attributes)


def for_the_list(error: Union[WorkerDied, TaskTimeout], autopsy: Autopsy) -> WorkerDied:
    """The death as it stands in ``pool.deaths``, and as ``on_death`` gets it.

    For the caller a task was too slow; in the list it is the death of a worker. Else a copy: the one that is raised
    collects its callers' frames, and with them all that they hold.
    """
    if isinstance(error, TaskTimeout):
        note = f"the pool killed it since the task ran longer than its timeout of {error.timeout} s"
        text = postmortem.message(
            postmortem.Death(autopsy.pid, autopsy.status, autopsy.stage, error.task, error.index, note=note)
        )
        called = {"task": error.task, "index": error.index, "attempts": error.attempts}
        return WorkerDied(text, **{**autopsy.attributes, **called})
    return type(error)(*error.args, **error.__dict__)
