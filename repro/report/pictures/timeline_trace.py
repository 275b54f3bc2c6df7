"""Timelines as a trace that Perfetto (https://ui.perfetto.dev) and Chrome's viewer open as it is.

The format: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from repro.report.pictures.timeline import Timeline


def render(cells: Sequence[Timeline], cut: str = "") -> str:
    """The JSON: a cell is a process, the caller and each worker a thread of it; microseconds after the call. cut: that the run
    was cut short, which each process then says."""
    events: list[dict[str, Any]] = []
    for pid, cell in enumerate(cells, 1):
        events.append(_name("process_name", pid, 0, f"{cell.pool}: {cell.answer}{f' ({cut})' * bool(cut)}"))
        events.append(_name("thread_name", pid, 0, "caller"))
        waits = cell.end if cell.waits is None else cell.waits
        name = "waits, past the deadline" if cell.hangs else "waits"
        events.append(_span(pid, 0, name, 0.0, cell.deadline if cell.hangs else waits, {}))
        for word in cell.words:
            name = word.text if word.bad else f"gets {', '.join(map(str, word.tasks))}"
            events.append(_moment(pid, 0, name, word.at))
        for thread, lane in enumerate(cell.lanes, 1):
            events.append(_name("thread_name", pid, thread, f"{lane.name} (process {lane.pid})"))
            for run in lane.runs:
                until = cell.last_seen(lane, run)
                told = {"fate": str(cell.fates[run.task]), "came to its end": run.end is not None}
                events.append(_span(pid, thread, f"task {run.task}", run.start, until, told))
            if lane.death is not None:
                events.append(_moment(pid, thread, lane.death.status, lane.death.known))
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": events}, indent=1) + "\n"


def _name(kind: str, pid: int, thread: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": pid, "tid": thread, "args": {"name": name}}


def _span(pid: int, thread: int, name: str, start: float, end: float, told: dict[str, Any]) -> dict[str, Any]:
    lasted = round((end - start) * 1000, 1)
    return {
        "ph": "X",
        "name": name,
        "pid": pid,
        "tid": thread,
        "ts": round(start * 1000, 1),
        "dur": lasted,
        "args": told,
    }


def _moment(pid: int, thread: int, name: str, at: float) -> dict[str, Any]:
    return {"ph": "i", "s": "t", "name": name, "pid": pid, "tid": thread, "ts": round(at * 1000, 1)}
