"""Runs cells: as many *working* ones at once as there are slots. A hung cell costs no CPU, and holds none.

One thread, one loop: it waits for the end of a program or for the next look that is due, looks at all processes once, and steps
every watch with what it saw.
"""

from __future__ import annotations

import os
import resource
import selectors
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from repro.observation import Observation
from repro.observer import cgroup, sweep
from repro.observer.launch import Stage, launch
from repro.observer.watchdog import Stage as WatchStage
from repro.observer.watchdog import Watch
from repro.plan.matrix import Cell
from repro.tree import processes

#: The longest time between two looks, and the shortest, in seconds.
LOOK_EVERY = 0.1
LOOK_AT_MOST_EVERY = 0.03


@dataclass
class Costs:
    """What a run cost, in seconds."""

    wall: float = 0.0
    subjects_cpu: float = 0.0
    observer_cpu: float = 0.0


@dataclass
class Scheduler:
    """Runs cells and yields each with its observation, in the order in which they end.

    timeout: the watchdog's, in seconds. jobs: how many working cells at once. progress: told, whenever it changes, how
    many cells wait without work, and which cell was started last. stop: set it (in a signal handler, say) and the run ends
    with KeyboardInterrupt, between two steps: one in the middle of starting a cell would leave its processes behind.
    looked: called after each look at the processes.
    """

    cells: Sequence[Cell]
    timeout: float
    jobs: int
    progress: Callable[[int, Cell], None] = lambda waiting, started: None
    looked: Callable[[], None] = lambda: None
    costs: Costs = field(default_factory=Costs)
    stop: bool = False

    def run(self) -> Generator[tuple[Cell, Observation], None, None]:
        """Closing the generator (Ctrl-C does) ends what runs, and leaves nothing behind."""
        processes.adopt_orphans()
        sweep.sweep()
        cgroup.sweep()
        self._children_before = {child.pid for child in _children()}
        began = time.monotonic(), processes.cpu_of_reaped(), _own_cpu()
        self._selector = selectors.DefaultSelector()
        self._running: dict[int, tuple[Cell, Watch]] = {}
        self._pidfds: dict[int, int] = {}
        self._groups: list[cgroup.MemoryGroup] = []
        pending = list(reversed(self.cells))
        try:
            with Stage() as stage:
                try:
                    while pending or self._running:
                        if self.stop:
                            raise KeyboardInterrupt
                        while (
                            pending
                            and not self.stop
                            and sum(watch.works for _, watch in self._running.values()) < self.jobs
                        ):
                            cell = pending.pop()
                            failed = self._start(stage, cell)
                            if failed is not None:
                                yield cell, failed
                        self._wait()
                        self._look()
                        self.looked()
                        yield from self._finished()
                finally:
                    self._end_all()
                    self._end_strangers()
        finally:
            self._selector.close()
            self._remove_groups(until=time.monotonic() + 2.0)
            self.costs.wall = time.monotonic() - began[0]
            self.costs.subjects_cpu = processes.cpu_of_reaped() - began[1]
            self.costs.observer_cpu = _own_cpu() - began[2]

    def _start(self, stage: Stage, cell: Cell) -> Observation | None:
        if cell.unsupported:
            return Observation(launch_error=cell.unsupported)
        try:
            launched = launch(stage, cell)
        except OSError as error:
            return Observation(launch_error=f"the program of the cell could not be started: {error}")
        watch = Watch(launched, self.timeout + cell.pool.adapter.patience + cell.scenario.scenario.patience)
        self._running[watch.pid] = cell, watch
        if hasattr(os, "pidfd_open"):
            self._pidfds[watch.pid] = os.pidfd_open(watch.pid)
            self._selector.register(self._pidfds[watch.pid], selectors.EVENT_READ, watch.pid)
        self.progress(len(self._running) - sum(watch.works for _, watch in self._running.values()), cell)
        return None

    def _wait(self) -> None:
        """Until a program ends, or a look is due."""
        now = time.monotonic()
        due = min((watch.next_look(now) for _, watch in self._running.values()), default=0.0)
        time.sleep(LOOK_AT_MOST_EVERY)
        pause = min(LOOK_EVERY, due) - LOOK_AT_MOST_EVERY
        for key, _ in self._selector.select(max(0.0, pause)):
            self._forget_pidfd(key.data)

    def _look(self) -> None:
        everyone = processes.scan()
        now = time.monotonic()
        self._claim_orphans(everyone)
        for _, watch in self._running.values():
            watch.step(everyone, now)

    def _claim_orphans(self, everyone: dict[int, processes.Process]) -> None:
        """Those that left their session and lost their parent came to us; their environment says whose they are."""
        known = {pid for _, watch in self._running.values() for pid in watch.known}
        for process in everyone.values():
            if process.parent == os.getpid() and process.pid not in known and process.pid not in self._running:
                for _, watch in self._running.values():
                    if watch.owns(process):
                        watch.known[process.pid] = process.started

    def _finished(self) -> Generator[tuple[Cell, Observation], None, None]:
        for pid, (cell, watch) in list(self._running.items()):
            if watch.stage is WatchStage.FINISHED:
                yield cell, self._collect(pid, watch)

    def _collect(self, pid: int, watch: Watch) -> Observation:
        del self._running[pid]
        self._forget_pidfd(pid)
        observation = watch.finish()
        if watch.launched.group:
            self._groups.append(watch.launched.group)
            self._remove_groups()
        return observation

    def _end_all(self) -> None:
        while self._running:
            everyone = processes.scan()
            for pid, (_, watch) in list(self._running.items()):
                watch.cancel(everyone)
                if watch.stage is WatchStage.FINISHED:
                    self._collect(pid, watch)

    def _end_strangers(self) -> None:
        """Those that hid whose they are (another session, directory and environment): no cell is left that they could belong
        to, and the observer starts nothing else, so whatever came to it during the run is the run's."""
        while strangers := [child for child in _children() if child.pid not in self._children_before]:
            processes.kill(strangers)
            processes.reap(strangers)

    def _forget_pidfd(self, pid: int) -> None:
        fd = self._pidfds.pop(pid, None)
        if fd is not None:
            self._selector.unregister(fd)
            os.close(fd)

    def _remove_groups(self, until: float = 0.0) -> None:
        """Remove the cgroups of finished cells. The kernel empties a group a moment after its last process has gone."""
        while self._groups:
            for group in list(self._groups):
                try:
                    group.remove()
                except FileNotFoundError:
                    self._groups.remove(group)
                except OSError:
                    continue
                else:
                    self._groups.remove(group)
            if time.monotonic() >= until:
                break
            time.sleep(0.01)


def _children() -> list[processes.Process]:
    return [process for process in processes.scan().values() if process.parent == os.getpid()]


def _own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
