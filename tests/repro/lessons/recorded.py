"""Records of runs made by hand, for tests: a pool of three whose first worker ended at once, and was replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from repro.lessons import model
from repro.lessons.recording import Line, Recording
from repro.observation import Event, Holding, Member, Observation, Wait, Window

PARENT, ONE, TWO, THREE, FOUR = 10, 11, 12, 13, 14
BEGAN = 1_000_000_000

RUN = model.Run("hang", "hang.py")

WAITS = {
    PARENT: [Wait(10, "read", 5, "pipe 2")],
    TWO: [Wait(12, "semaphore", None, "semaphore 1")],
    THREE: [Wait(13, "read", 3, "pipe 1")],
    FOUR: [Wait(14, "semaphore", None, "semaphore 1")],
}

#: What faulthandler says of each, as far as it tells what things are for.
STACKS = {
    PARENT: ("_recv", "_handle_results", "multiprocessing/pool.py"),
    TWO: ("__enter__", "get", "worker", "multiprocessing/pool.py"),
    THREE: ("_recv", "get", "worker", "multiprocessing/pool.py"),
    FOUR: ("__enter__", "get", "worker", "multiprocessing/pool.py"),
}


def reaped(pid: int, status: int, seconds: float) -> Event:
    """The parent was told of an end. seconds: after the start."""
    return {"event": "reaped", "pid": PARENT, "child": pid, "status": status, "t": BEGAN + int(seconds * 1e9)}


def _stack(functions: tuple[str, ...]) -> str:
    *names, file = functions
    frames = [f'  File "{file}", line {number} in {name}' for number, name in enumerate(names, 1)]
    return "\n".join(["Current thread 0x0001 (most recent call first):", *frames]) + "\n"


SEEN = Observation(
    main_pid=PARENT,
    timeout=4.0,
    deadline_passed=True,
    launched=BEGAN,
    asked=BEGAN + 4_000_000_000,
    events=[reaped(ONE, 1, 0.6), reaped(TWO, -9, 4.5)],
    window=Window(1.0, 4, 0.0, 0, 4, 0),
    members=[
        Member(PARENT, 1, 0.0, None, "S", "bin/python hang.py"),
        Member(ONE, PARENT, 0.5, 0.61, "S"),
        Member(TWO, PARENT, 0.5, None, "S"),
        Member(THREE, PARENT, 0.5, None, "S"),
        Member(FOUR, PARENT, 0.6, None, "S"),
    ],
    holdings=[
        Holding(pid, 1 if pid == PARENT else PARENT, "S", [1, 2], [2] if pid != PARENT else [1], threads=threads)
        for pid, threads in WAITS.items()
    ],
    stacks={str(pid): _stack(functions) for pid, functions in STACKS.items()},
)

HANG = Recording(
    *("hang", "abc", "3.11.7", "Linux, x86_64, 2 cores", "2026-11-28", "hang", 4.0),
    (Line(0.5, "input 1"), Line(0.5, "input 3")),
    seen=SEEN,
)


def with_seen(**changes: Any) -> Recording:
    """The same record, in which something else was seen."""
    return replace(HANG, seen=replace(SEEN, **changes))
