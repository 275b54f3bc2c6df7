"""Slow or stuck: what is still going on at its deadline has more time, what spins or waits has not."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from repro.observation import Event, Member, Observation, Window
from repro.observer import watchdog
from repro.verdicts import pace

MS = 1_000_000
QUIET = Window(seconds=1.0, samples=4, cpu_ms=0.0, switches=0, processes=4, new_processes=0)
BUSY = replace(QUIET, cpu_ms=60.0)
SPINNING = replace(QUIET, cpu_ms=600.0, busiest_ms=600.0)
STARTING = replace(QUIET, cpu_ms=600.0, busiest_ms=150.0)
BEGIN: Event = {"event": "begin", "pid": 1, "t": 100 * MS}
OLD: Event = {"event": "task-started", "pid": 2, "task": 1, "t": 200 * MS}
NEW: Event = {"event": "task-ended", "pid": 2, "task": 1, "t": 4500 * MS}
STORM = [Member(10 + number, 1, 3.0 + number / 2, 3.2 + number / 2, "S") for number in range(pace.STORM)]


def seen(*events: Event, members: list[Member] | None = None) -> Observation:
    return Observation(main_pid=1, timeout=5.0, launched=1, events=list(events), members=members or [])


@pytest.mark.parametrize(
    ("events", "windows", "storm", "undecided"),
    [
        ((BEGIN, OLD), [QUIET], False, False),
        ((BEGIN, OLD, NEW), [QUIET], False, True),
        ((BEGIN, OLD, NEW, {**NEW, "t": 4900 * MS}), [SPINNING], False, True),
        ((BEGIN, OLD), [BUSY], False, True),
        ((BEGIN, OLD), [BUSY, BUSY], False, True),
        ((BEGIN, OLD), [BUSY] * pace.WINDOWS, False, False),
        ((BEGIN, OLD), [QUIET, BUSY, BUSY], False, True),
        ((BEGIN, OLD), [BUSY, BUSY, QUIET], False, False),
        ((BEGIN, OLD), [SPINNING], False, False),
        ((BEGIN, OLD), [STARTING], False, True),
        ((BEGIN, OLD), [replace(QUIET, new_processes=1)], False, True),
        ((BEGIN, OLD), [replace(QUIET, new_processes=2)], False, True),
        ((BEGIN, OLD), [replace(BUSY, new_processes=2)], True, False),
        ((), [SPINNING], False, True),
        ((), [QUIET], False, False),
    ],
)
def test_who_gets_more_time(events: tuple[Event, ...], windows: list[Window], storm: bool, undecided: bool) -> None:
    """Progress, a start, and a little work that has not lasted; not who waits, spins, works on and on, or respawns. Who works and
    has not begun yet, can't be judged at all."""
    assert pace.undecided(seen(*events, members=STORM if storm else None), windows) is undecided


def test_old_news_is_no_progress() -> None:
    """What is older than half of the time of who works, or than the last window of who waits, shows nothing."""
    late = {**NEW, "t": 3000 * MS}
    assert pace.slow(seen(BEGIN, late), SPINNING) == "still going on (task-ended)"
    assert pace.slow(seen(BEGIN, late), QUIET) is None
    assert pace.slow(seen(BEGIN, {**late, "t": 2400 * MS}), SPINNING) is None


@pytest.mark.parametrize(
    ("until", "deadline"),
    [(0.0, 5.0), (4.6, 6.0), (6.6, 8.0), (99.0, 10.0)],
    ids=["stuck", "slow", "slower", "endless"],
)
def test_the_deadline_moves_while_something_goes_on(tmp_path: Path, until: float, deadline: float) -> None:
    """A program that takes a step every half a second until then: it is given up once it has stopped, or after twice its time."""
    process = SimpleNamespace(pid=os.getpid(), poll=lambda: None)
    watch = watchdog.Watch(SimpleNamespace(process=process, directory=tmp_path, group=None), timeout=5.0)  # type: ignore[arg-type]
    start, now, steps = watch._started, watch._started, 0
    events = (tmp_path / "events.jsonl").open("w")
    events.write(json.dumps({**BEGIN, "t": int(start * 1e9)}) + "\n")
    while watch.stage is watchdog.Stage.RUNNING and now < start + 30:
        if now - start >= steps / 2 and now - start <= until:
            steps += 1
            events.write(json.dumps({"event": "task-ended", "pid": 2, "task": steps, "t": int(now * 1e9)}) + "\n")
            events.flush()
        watch._watch([], now)
        now += 0.01
    assert now - start == pytest.approx(deadline, abs=0.15)
