"""A run of two scenarios, two pools and two Pythons, made up of nothing but what is needed; whatever is wanted in its texts."""

from __future__ import annotations

from typing import Any

from repro.observation import Holding, Window
from repro.records.results import Run
from tests.repro.report.pictures import made

#: What a record may hold: markup, a program, sequences of terminals, a NUL, a mark that turns the direction, the page's words.
HOSTILE = "a\x1b]52;c;x\x07</script><script>alert(1)</script>&\"'\x00\u202e<img src=x onerror=alert(1)>$program"

PYTHONS = ("3.9.2", "3.12.1")
POOLS = ("multiprocessing.Pool", "another")


def record(scenario: str, pool: str, python: str, text: str = "", **changes: Any) -> dict[str, Any]:
    """A cell in which a worker dies and the caller waits. text: what its stacks and its stderr say."""
    seen = made.observation(
        events=[made.event("begin", made.PARENT, -1), *made.events()],
        deadline_passed=True,
        window=Window(1.0, 10, 0.0, 0, 2, 0),
        stacks={"10": f'Thread 0x1 (most recent call first):\n  File "pool.py", line 765 in wait\n{text}'},
        stderr=text,
        holdings=[
            Holding(made.PARENT, 1, "S", [3], [], ["read pipe 3"]),
            Holding(made.ONE, made.PARENT, "S", [], [3], []),
        ],
    )
    return {
        "kind": "cell",
        "scenario": scenario,
        "pool": pool,
        "operation": "map",
        "start_method": "fork",
        "python": python,
        "repetition": 1,
        "fault": {"inputs": [1, 2, 3, 4, 5], "faulty": 3, "status": -9, "kills": True},
        "observation": seen.to_record(),
        "verdict": "hang",
        "reason": "",
        **changes,
    }


def run(text: str = "") -> Run:
    """Pools in an order that is not that of tables; what was not run has no observation."""
    cells = [record("sigkill", pool, python, text) for pool in reversed(POOLS) for python in PYTHONS]
    cells += [record(text or "no-such", POOLS[0], python, text) for python in PYTHONS]
    cells.append(record("ok", POOLS[0], PYTHONS[0], observation=None, verdict="unsupported", reason=text or "it can't"))
    machine = {"system": "Linux", "kernel": "6", "architecture": "x86_64", "cores": 2, "memory_bytes": 2**30}
    header = {"tool": "0", "started": "today", "timeout": 5.0, "machine": machine, "planned": len(cells), "repeat": 1}
    return Run(header, cells, {"cells": len(cells)})
