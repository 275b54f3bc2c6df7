"""What a worker's death costs, by its pool and by what it did when it was last looked at. Texts and data, and a pure function.

What each pool does is what the suite has measured of it (``repro show sigkill``, ``idle-killed``); whether the program is
stuck then, a diagnosis says.
"""

from __future__ import annotations

from dataclasses import dataclass

from repro.diagnose.pools import EXECUTOR, POOL, Stage
from repro.versions import StrEnum


class Lost(StrEnum):
    """How much, as ``--format json`` has it."""

    NOTHING = "nothing"
    TASK = "task"
    CALL = "call"
    POOL = "pool"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cost:
    """lost, and a sentence that says it."""

    lost: Lost
    words: str


_WAITS = "whoever waits for its result waits for ever, unless with a timeout"
_FORGETS = f"the task that it had is lost: the pool has no record of who had which, and {_WAITS}"

#: Of a worker that had a task, by pool.
IN_TASK: dict[str, Cost] = {
    POOL: Cost(Lost.TASK, _FORGETS),
    "multiprocess.Pool": Cost(Lost.TASK, _FORGETS),
    EXECUTOR: Cost(Lost.CALL, "the executor breaks: each task that is not done fails with BrokenProcessPool"),
    "loky": Cost(Lost.CALL, "the executor breaks: each task that is not done fails with TerminatedWorkerError"),
    "billiard.Pool": Cost(
        Lost.TASK, "the task that it had fails with WorkerLostError, some seconds later; the others go on"
    ),
    "pebble": Cost(Lost.TASK, "the task that it had fails with ProcessExpired; the others go on"),
    "torch DataLoader": Cost(Lost.CALL, "the loader raises RuntimeError, and the loop over it ends"),
    "safepool": Cost(
        Lost.TASK, "the task that it had fails with WorkerDied, or is tried again where it may be; the others go on"
    ),
}
#: Pools with one queue and one lock for all workers: who dies inside takes the lock along.
_SHARED = (POOL, EXECUTOR, "loky", "multiprocess.Pool")
#: Of those, the ones that notice a death whatever the worker did, and end the others by a signal then, and never otherwise.
BREAKS = (EXECUTOR, "loky")

_INSIDE = {
    Stage.READS: "if it was still there, it has taken the lock of the task queue along: the others wait for that lock for ever",
    Stage.SENDS: "if it was still there, half a result may be in the pipe, and the lock of the result queue is taken for ever",
}
_IDLE = "if it had got no task since, nothing is lost"


def cost(pool: str, stage: Stage, ran: bool) -> Cost:
    """What its death costs. pool: "" where it is not known. stage: when it was last looked at. ran: whether it ran between that
    and its death, but for dying."""
    in_task = IN_TASK.get(
        pool, Cost(Lost.TASK, f"the task that it had is lost, where its pool does not notice: {_WAITS}")
    )
    if stage is Stage.TASK or pool in BREAKS:
        return in_task
    if stage is Stage.UNKNOWN or ran:
        return Cost(Lost.UNKNOWN, f"whether it had a task is not known; if so: {in_task.words}")
    if stage in _INSIDE and pool in _SHARED:
        return Cost(Lost.POOL, _INSIDE[stage])
    if stage.idle:
        return Cost(Lost.NOTHING, _IDLE)
    if stage is Stage.STARTS:
        return Cost(Lost.NOTHING, "nothing: it was starting, and had no task yet")
    return Cost(Lost.UNKNOWN, f"whether that had a result is not known; if so: {in_task.words}")
