"""What a cell that was killed leaves on the machine: nothing, not even what outlives its processes."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from repro.observation import Holding
from repro.observer import scheduler
from repro.plan import catalogue, interpreters, matrix
from repro.tree import holdings
from repro.tree.processes import LINUX, Process


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


def test_the_folders_of_joblib_are_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """joblib maps arrays from a folder in /dev/shm where there is one, and ignores TMPDIR; the adapter names the cell's."""
    fake = SimpleNamespace(Parallel=lambda *_arguments, **_keywords: None)
    monkeypatch.setitem(sys.modules, "joblib", fake)  # type: ignore[arg-type]
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", "/elsewhere")
    catalogue.pools()["joblib"].adapter.open(1, "")
    assert os.environ["JOBLIB_TEMP_FOLDER"] == tempfile.gettempdir()
