"""The watchdog: its looks, its deadline and when that moves, and what it leaves of a killed tree: nothing."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from repro.observation import Holding, Observation
from repro.observer import scheduler, watchdog
from repro.plan import interpreters, matrix
from repro.tree import holdings
from repro.tree.processes import LINUX, Process
from repro.verdicts import pace


def watching(folder: Path) -> watchdog.Watch:
    """A watch of a cell that neither ends nor does anything but what is written to its events in the folder."""
    process = SimpleNamespace(pid=os.getpid(), poll=lambda: None)
    return watchdog.Watch(SimpleNamespace(process=process, directory=folder, group=None), timeout=5.0)  # type: ignore[arg-type]


def test_a_late_watchdog_looks_as_long(tmp_path: Path) -> None:
    """When the observer itself was held up past a deadline, it does not take four looks in a row for a second of quiet."""
    watch = watching(tmp_path)
    now = time.monotonic() + 3600
    end = now + 10
    while watch.stage is watchdog.Stage.RUNNING and now < end:
        watch._watch([], now)
        now += 0.01
    assert watch._windows[-1].samples == watchdog.LOOKS
    assert watch._windows[-1].seconds >= 0.8 * watchdog.WINDOW


@pytest.mark.parametrize(
    ("fault_after", "deadline"),
    [(None, 5.0), (0.3, 5.0), (2.5, 5.0), (3.5, 6.0), (3.9, 6.4), (4.3, 6.8), (4.9, 7.4), (99.0, 5.0)],
)
def test_a_fault_that_comes_late_has_its_time(tmp_path: Path, fault_after: float | None, deadline: float) -> None:
    """A pool has at least half of the timeout to answer a fault, however long its start took; a fault that says that it is yet
    to come counts for nothing."""
    watch = watching(tmp_path)
    if fault_after is not None:
        fault = {"event": "fault", "pid": 1, "t": int((watch._started + fault_after) * 1e9)}
        (tmp_path / "events.jsonl").write_text(json.dumps(fault) + "\n")
    now = watch._started
    while watch.stage is watchdog.Stage.RUNNING and now < watch._started + 20:
        watch._watch([], now)
        now += 0.01
    assert now - watch._started == pytest.approx(deadline, abs=0.03)
    assert watch._windows[-1].seconds == pytest.approx(watchdog.WINDOW, abs=0.03)


@pytest.mark.parametrize("late", [0.0, 0.15, 0.46])
def test_a_late_look_is_the_deadline(tmp_path: Path, late: float) -> None:
    """The watchdog and the judge count from the same end: a result from before the last window is no progress in it, however late
    the observer came to its last look."""
    watch = watching(tmp_path)
    events = [("begin", 0.1, {}), ("delivered", 3.95, {"task": 1, "value": 1})]
    lines = [{"event": name, "pid": 1, "t": int((watch._started + at) * 1e9), **more} for name, at, more in events]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    now = watch._started
    while watch.stage is watchdog.Stage.RUNNING and now < watch._started + 20:
        watch._watch([], now)
        now += (
            late if late and len(watch._looks) == watchdog.LOOKS - 1 and now < watch._deadline <= now + 0.011 else 0.01
        )
    seen = Observation(timeout=watch._deadline - watch._started, launched=watch._launched, events=lines)
    assert pace.slow(seen, watch._windows[-1]) is None
    assert watch._deadline - watch._started == pytest.approx(5.0 + late, abs=0.03)


@pytest.mark.parametrize(
    ("until", "deadline"),
    [(0.0, 5.0), (4.6, 6.0), (6.6, 8.0), (99.0, 10.0)],
    ids=["stuck", "slow", "slower", "endless"],
)
def test_the_deadline_moves_while_something_goes_on(tmp_path: Path, until: float, deadline: float) -> None:
    """A program that takes a step every half a second until then: it is given up once it has stopped, or after twice its time."""
    watch = watching(tmp_path)
    start, now, steps = watch._started, watch._started, 0
    events = (tmp_path / "events.jsonl").open("w")
    events.write(json.dumps({"event": "begin", "pid": 1, "t": int(start * 1e9)}) + "\n")
    while watch.stage is watchdog.Stage.RUNNING and now < start + 30:
        if now - start >= steps / 2 and now - start <= until:
            steps += 1
            events.write(json.dumps({"event": "task-ended", "pid": 2, "task": steps, "t": int(now * 1e9)}) + "\n")
            events.flush()
        watch._watch([], now)
        now += 0.01
    assert now - start == pytest.approx(deadline, abs=0.15)


def semaphores_of(pid: int) -> set[str]:
    """The named semaphores that a process has mapped and that still have their names (sem_overview(7))."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return set()
    return set(re.findall(r"(/dev/shm/sem\.\S+)$", maps, re.MULTILINE))


@pytest.mark.skipif(not LINUX, reason="named semaphores are files on Linux only")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_the_semaphores_of_a_killed_tree_are_removed(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With these start methods they have names; the resource tracker removes them when everybody else was killed."""
    mapped: set[str] = set()
    take = holdings.take

    def looking(tree: list[Process]) -> list[Holding]:
        for process in tree:
            mapped.update(semaphores_of(process.pid))
        return take(tree)

    monkeypatch.setattr(holdings, "take", looking)
    scenarios, pools = matrix.pick_scenarios(["sigkill"], []), matrix.pick_pools(["Pool"])
    cells = matrix.expand(scenarios, pools, [], [method], interpreters.select([]), 1)
    ((_cell, seen),) = scheduler.Scheduler(cells, 3.0, 1).run()
    assert seen.deadline_passed
    assert mapped, "the pool has semaphores with names"
    assert [name for name in mapped if Path(name).exists()] == []
    assert "leaked" not in seen.stderr, "what the tracker says then is our doing, and not in the record"
