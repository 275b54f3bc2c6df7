"""Looks at a program until it ends, at less than a hundredth of a core, and tells what ``watch`` makes of that.

It sleeps until a process ends (``repro.tree.ends``), and wakes once a second for what no descriptor tells: who was born, and who
ran. Python stacks cost some 20 ms each: one worker after the other is asked, those that ran since, as far as the purse allows; so
a task in hand is known as it was then, and the report says how long before.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from repro.diagnose import reports, take
from repro.diagnose.looks import Asked, Born, Ended, Look, Looked, Ran
from repro.diagnose.reports import Report
from repro.diagnose.watch import Watch
from repro.tree import memory, native, processes
from repro.tree.ends import End, Ends
from repro.tree.processes import Process

#: How often it wakes, in seconds; and after a death, until the worker that takes the place is found.
EVERY, AFTER_DEATH = 1.0, 0.15
#: Of a large machine and a large tree a look costs more: it may use so much of a core, and comes the less often.
SHARE_OF_LOOKS = 0.003
#: So old a new process is before it counts, in seconds: one that is forked looks like its parent until it runs its own program.
GROWN = 0.1
#: How near to a death a line of the kernel's log is, in seconds.
NEAR = 5.0


@dataclass
class Purse:
    """CPU time for stacks and diagnoses. now: when it was last filled. share: of a core, over time. most: that can be saved up,
    in seconds. owed: so far it may be overdrawn."""

    now: float
    share: float = 0.004
    most: float = 0.3
    owed: float = 0.3
    balance: float = 0.1

    def fill(self, now: float) -> None:
        """What has come in since the last time."""
        self.balance = min(self.most, self.balance + self.share * (now - self.now))
        self.now = now

    @contextmanager
    def pays(self) -> Iterator[None]:
        """For what is done inside, by this process and its children."""
        before = _cpu()
        yield
        self.balance -= _cpu() - before

    @property
    def has_some(self) -> bool:
        """For what can wait."""
        return self.balance > 0

    @property
    def may_overdraw(self) -> bool:
        """For what is wanted at once."""
        return self.balance > -self.owed


def _cpu() -> float:
    several = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in several)


def follow(pid: int, tell: Callable[[Report], None]) -> Watch:
    """Until the program has ended. tell: gets each report at once. Raises Gone where there is no such program."""
    watch = Watch(pid)
    ends = Ends()
    began = time.monotonic()
    try:
        _Follower(watch, ends, tell).run()
    except KeyboardInterrupt:
        tell(reports.stopped(pid, time.monotonic() - began, len(watch.costs)))
        raise
    finally:
        ends.close()
    return watch


class _Follower:
    def __init__(self, watch: Watch, ends: Ends, tell: Callable[[Report], None]) -> None:
        self._watch, self._ends, self._tell = watch, ends, tell
        self._tree: dict[int, Process] = {}
        self._children: dict[int, Process] = {}
        self._known: set[int] = {os.getpid()}
        self._activity: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._looked = self._next = self._asked = 0.0
        self._kills = memory.machine_kills()
        self._first = True  # whether those were counted when the watching began
        self._path = native.tool()

    def run(self) -> None:
        first = self._diagnosed()
        begins = reports.begins(self._watch.pid, self._watch.workers, self._ends.all_by_pidfd, self._watch.no_stacks)
        self._tell_all([begins, *first])
        purse = Purse(time.monotonic())
        while not self._watch.over:
            until = min(one for one in (self._next, self._watch.due) if one is not None)
            for end in sorted(self._ends.wait(until - time.monotonic()), key=lambda one: one.pid == self._watch.pid):
                self._ended(end)  # the program's own last
            now = time.monotonic()
            if now >= self._next:
                self._look()
            self._see(None)
            purse.fill(now)
            with purse.pays():
                if self._watch.wants_diagnosis(now) and purse.may_overdraw and not self._watch.over:
                    self._tell_all(self._diagnosed())
                elif purse.has_some and self._path is not None and now >= self._asked + EVERY:
                    self._ask()

    def _see(self, look: Look | None) -> None:
        self._tell_all(self._watch.see(time.monotonic(), look))

    def _tell_all(self, several: Iterable[Report]) -> None:
        for report in several:
            self._tell(report)

    def _diagnosed(self) -> list[Report]:
        """The whole. Where the program ends meanwhile, its end is told by whoever waits for it."""
        self._adopt()
        try:
            taken = take.take(self._watch.pid)
        except take.Gone:
            if self._watch.diagnosis is None:
                raise
            return []
        return self._watch.see(time.monotonic(), Looked(taken))

    def _look(self) -> None:
        """Who was born, and who ran."""
        before = time.process_time()
        self._adopt()
        for one in [*self._children.values()]:
            if time.clock_gettime(time.CLOCK_BOOTTIME) - one.started / processes.STARTED_UNITS >= GROWN:
                del self._children[one.pid]
                self._see(Born(take.one(one, None)))
        self._ran()
        cost = time.process_time() - before
        deaths = any(one.replaced is None and time.monotonic() - one.at < EVERY for one in self._watch.deaths[-8:])
        pause = AFTER_DEATH if deaths or self._children else EVERY
        self._next = time.monotonic() + max(pause, cost / SHARE_OF_LOOKS)

    def _adopt(self) -> None:
        """Take in who is new below the program. A number that was there before is not looked at again: who has ended is known by
        then, and a number comes back after tens of thousands of others."""
        there = processes.numbers()
        new = processes.some(there - self._known)
        self._known = there
        first = not self._tree
        if first and self._watch.pid in new:
            self._add(new[self._watch.pid])
        grown = [self._watch.pid]
        while grown:
            living = [one for one in new.values() if not one.zombie]
            grown = [one.pid for one in living if one.parent in self._tree and one.pid not in self._tree]
            for pid in grown:
                self._add(new[pid])
                if not first:
                    self._children[pid] = new[pid]

    def _add(self, one: Process) -> None:
        self._tree[one.pid] = one
        self._ends.add(one)

    def _ran(self) -> None:
        """Who was scheduled since the last time, and how much they computed."""
        now, seen = time.monotonic(), processes.activity(self._tree)
        before = self._activity
        ran = frozenset(pid for (pid, thread), told in seen.items() if before.get((pid, thread), told)[:2] != told[:2])
        used = sum(told[0] - before.get(thread, told)[0] for thread, told in seen.items())
        if before and now > self._looked:
            self._see(Ran(ran, used / 1e9 / (now - self._looked)))
        self._activity, self._looked = seen, now

    def _ask(self) -> None:
        """The stack of one worker."""
        pids = self._watch.to_ask()
        self._asked = time.monotonic()
        for process in processes.some(pids[:1]).values():
            if not process.zombie:
                self._see(Asked(take.one(process, self._path)))

    def _ended(self, end: End) -> None:
        self._tree.pop(end.pid, None)
        if self._children.pop(end.pid, None) is not None and end.pid not in self._watch.hands:
            return  # too short to be known
        kill = counted = None
        first = self._first
        if end.status in (-9, None) and (end.pid == self._watch.pid or end.pid in self._watch.hands):
            before, self._kills, self._first = self._kills, memory.machine_kills(), False
            counted = None if before is None or self._kills is None else self._kills - before
            log, _ = memory.kernel_log(NEAR) if counted else ([], "")
            kill = next((one for one in log if one.pid == end.pid), None)
        self._next = min(self._next, time.monotonic() + AFTER_DEATH)
        self._see(Ended(end.pid, end.status, end.why, kill, counted, first))
