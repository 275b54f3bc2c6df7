"""A cell whose facts are made up: three workers, four tasks, the third of which kills its worker."""

from __future__ import annotations

from typing import Any

from repro.observation import Fault, Member, Observation
from repro.report.pictures.timeline import Timeline, timeline
from repro.verdicts.judge import Judgement, Verdict

PARENT, ONE, TWO, NEW = 10, 11, 12, 13
FAULT = Fault(inputs=[1, 2, 3, 4, 5], faulty=3, status=-9, kills=True)


def event(name: str, pid: int, ms: float, **fields: Any) -> dict[str, Any]:
    return {"event": name, "pid": pid, "t": int(1_000_000_000 + ms * 1e6), **fields}


def events() -> list[dict[str, Any]]:
    """Task 1 is handed over, 2 is computed and is not, 3 kills its worker, 4 is cut off in the replacement, 5 is never begun."""
    return [
        event("phase", PARENT, 0, phase="call"),
        event("task-started", ONE, 1, task=1),
        event("task-started", TWO, 2, task=3),
        event("fault", TWO, 3, task=3),
        event("reaped", PARENT, 5, child=TWO, status=-9),
        event("task-ended", ONE, 11, task=1),
        event("task-started", ONE, 12, task=2),
        event("task-started", NEW, 15, task=4),
        event("delivered", PARENT, 16, task=1, value=1),
        event("task-ended", ONE, 22, task=2),
        event("reaped", PARENT, 30, child=NEW, status=-15),
        event("autopsy-begins", PARENT, 5000, step="reuse"),
        event("delivered", PARENT, 5001, task=2, value=2),
    ]


def observation(**changes: Any) -> Observation:
    members = [Member(ONE, PARENT, 0.5, None, "S"), Member(NEW, PARENT, 0.514, 0.53, "S")]
    return Observation(
        **{
            "events": events(),
            "main_pid": PARENT,
            "timeout": 5.0,
            "launched": 500_000_000,
            "members": members,
            **changes,
        }
    )


def hang() -> Judgement:
    return Judgement(Verdict.HANG, "it hangs", survivors=1, others=4)


def made(name: str = "a pool", **changes: Any) -> Timeline:
    return timeline(name, "map, fork", FAULT, observation(**changes), hang())
