"""Watches one cell from its start to the moment when nothing of it is left, and records what it saw.

The deadline is the final word; what the tree did in the last stretch before it, is evidence. Where that shows that the tree is
only slow, the deadline moves, but not for ever. A watch is stepped by the scheduler with a fresh look at all processes, and
goes through these stages::

    RUNNING --the program ended--> SETTLING --nothing left, or the grace is over--> KILLING -> FINISHED
       |                                                                              ^
       +--deadline--> STACKS --written--> NATIVE --all asked--> AUTOPSY --done, or its time is over
                                          (where py-spy is)

Stacks are asked for before the autopsy, which changes them; both before the kill. The parent is killed first: it would
start new workers for those that are killed.
"""

from __future__ import annotations

import enum
import linecache
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from repro.observation import Event, Holding, Member, Observation, Window, parse_events
from repro.observer.launch import Launched
from repro.subject import autopsy, stacks
from repro.subject.cell import DIRECTORY
from repro.subject.events import FILE as EVENTS
from repro.subject.events import short_paths
from repro.tree import holdings, native, processes
from repro.tree.processes import Process
from repro.verdicts import pace
from repro.verdicts.stacks import compact

#: How long what a program left behind may take to end by itself, in seconds (resource tracker and forkserver do).
GRACE = 1.0
#: How long stacks may take, in seconds.
STACKS_WITHIN = 1.0
#: How long the autopsy of a hung pool may take, in seconds.
AUTOPSY_WITHIN = 1.5
#: How long resource trackers may take to remove what the killed ones left, in seconds.
TRACKERS_WITHIN = 0.5
#: How long killed processes may take to go, in seconds. Longer, and the cell says that it was not cleaned.
GONE_WITHIN = 10.0
#: The stretch before the deadline in which quiescence is looked for: seconds, and looks.
WINDOW = 1.0
LOOKS = 4
#: How much of its timeout a pool has at least to answer a fault: where the start took so long that the fault came late, the
#: deadline moves.
ANSWER = 0.5
#: How much longer than its timeout a tree that is still going on may take, as a share of it.
LONGER = 1.0
#: After how many looks without a sign of work a tree counts as waiting, and holds no slot.
QUIET_LOOKS = 1
#: How many processes the table keeps of each end: a respawn storm has thousands.
MEMBERS_KEPT = 20
#: How much of stderr is kept, in bytes.
STDERR_KEPT = 2000


class Stage(enum.Enum):
    RUNNING = "running"
    SETTLING = "settling"
    STACKS = "stacks"
    NATIVE = "native"
    AUTOPSY = "autopsy"
    KILLING = "killing"
    FINISHED = "finished"


class Watch:
    """The watch over one launched cell. timeout: its deadline, in seconds after its start, or later by ANSWER or LONGER.

    native_stacks: whether py-spy is asked as well, where it is.
    """

    def __init__(self, launched: Launched, timeout: float, native_stacks: bool = True) -> None:
        self.launched = launched
        self.pid = launched.process.pid
        self.stage = Stage.RUNNING
        self._unsettled = False
        self.known: dict[int, int] = {}
        self._timeout = timeout
        self._native_stacks = native_stacks
        self._launched = time.monotonic_ns()
        self._started = self._launched / 1e9
        self._deadline = self._started + timeout
        self._stage_since = self._started
        self._window = min(WINDOW, timeout / 2)
        self._looks: list[tuple[float, dict[tuple[int, int], tuple[int, int, int]]]] = []
        self._ready: list[set[tuple[int, int]]] = []
        self._quiet = 0
        self._last_sign: object = None
        self._exit_status: int | None = None
        self._cpu = 0.0
        self._deaths: dict[str, int] = {}
        self._leftovers: list[dict[str, object]] | None = None
        self._deadline_passed = False
        self._asked = 0
        self._windows: list[Window] = []
        self._not_cleaned: str | None = None
        self._stacks: dict[str, str] = {}
        self._holdings: list[Holding] = []
        self._members: dict[tuple[int, int], Member] = {}
        self._commands: dict[tuple[int, int], str] = {}
        self._stderr: tuple[str, int] = ("", 0)
        self._dumps: native.Dumps | None = None
        self._stacks_size = -1
        self._oom_before = launched.group.oom_kills() if launched.group else 0

    @property
    def works(self) -> bool:
        """Whether it needs a slot: a tree that waits costs no CPU, and lets others run."""
        return self.stage is Stage.NATIVE or (self.stage is Stage.RUNNING and self._quiet < QUIET_LOOKS)

    def owns(self, process: Process) -> bool:
        """Whether an orphan that left the session belongs to this cell: by its environment or, if that was emptied, by the
        directory in which it works."""
        return str(self.launched.directory) in (
            processes.environment_of(process.pid, DIRECTORY),
            processes.directory_of(process.pid),
        )

    def next_look(self, now: float) -> float:
        """When it wants to be stepped at the latest, in seconds from now: looks before a deadline keep their time."""
        if self.stage is Stage.RUNNING:
            due = self._deadline - self._window * (1 - len(self._looks) / (LOOKS - 1))
            if (
                self._looks
            ):  # we may be late (a loaded machine, Ctrl-Z): the window keeps its width, or it would prove nothing
                due = max(due, self._looks[-1][0] + 0.8 * self._window / (LOOKS - 1))
            return max(0.0, due - now)
        return 0.0 if self._unsettled else 0.05

    def step(self, everyone: dict[int, Process], now: float) -> None:
        """One look. everyone: all processes; now: the time of that look (``time.monotonic()``)."""
        tree = processes.members(everyone, self.pid, self.known)
        for process in tree:
            if process.pid != self.pid and process.exit_status is not None:
                self._deaths[str(process.pid)] = process.exit_status
        with self._counted():
            processes.reap(process for process in tree if process.pid != self.pid)
        alive = [process for process in tree if not process.zombie]
        self._collect_exit()
        if self.stage in (Stage.RUNNING, Stage.SETTLING):
            self._note_members(alive, now)
        if self.stage is Stage.RUNNING:
            self._watch(tree, now)
        elif self.stage is Stage.SETTLING:
            self._unsettled = False
            self._settle(alive, now)
        elif self.stage is Stage.STACKS:
            self._await_stacks(alive, now)
        elif self.stage is Stage.NATIVE:
            self._await_native(alive, now)
        elif self.stage is Stage.AUTOPSY:
            self._await_autopsy(now)
        elif self.stage is Stage.KILLING:
            self._end(alive, now)
        if self.stage is Stage.FINISHED:  # who ended after its parent, which was there when we looked, is ours by now
            with self._counted():
                processes.reap(process for process in tree if process.pid != self.pid)

    def cancel(self, everyone: dict[int, Process]) -> None:
        """Ctrl-C: no verdict any more, only an end."""
        if self.stage not in (Stage.KILLING, Stage.FINISHED):
            self._enter(Stage.KILLING, time.monotonic())
        self.step(everyone, time.monotonic())

    def _enter(self, stage: Stage, now: float) -> None:
        if stage is Stage.KILLING:  # what a resource tracker writes when all others were killed, is our doing
            self._stderr = _tail(self.launched.directory / "stderr")
        self.stage = stage
        self._stage_since = now

    def _collect_exit(self) -> None:
        process = self.launched.process
        if self._exit_status is None:
            with self._counted():
                process.poll()
            self._exit_status = process.returncode

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Charge the cell with the CPU time of the processes that are reaped inside: their own, and of those that they reaped."""
        before = processes.cpu_of_reaped()
        yield
        self._cpu += processes.cpu_of_reaped() - before

    def _watch(self, tree: list[Process], now: float) -> None:
        alive = [process for process in tree if not process.zombie]
        if self._exit_status is not None:  # what is left is looked at once more: this look may be older than the end
            self._enter(Stage.SETTLING, now)
            self._unsettled = True
            return
        sign = sorted((process.pid, process.cpu_ms) for process in alive)
        busy = sign != self._last_sign or any(process.state in "RD" for process in alive)
        self._quiet = 0 if busy else self._quiet + 1
        self._last_sign = sign
        if self.next_look(now) <= 0:
            self._looks.append((now, processes.activity(process.pid for process in alive)))
            self._ready.append(processes.ready(process.pid for process in alive))
        if now >= self._deadline and len(self._looks) >= LOOKS:
            self._windows.append(pace.window(self._looks, self._ready))
            later = self._later(now)
            if later is not None:
                self._looks.clear()
                self._ready.clear()
                self._deadline = later
                return
            self._deadline = now  # the looks come a little late: what they saw, they saw until now
            self._deadline_passed = True
            self._holdings = holdings.take(tree)
            self._note_commands(alive)
            self._asked = time.monotonic_ns()
            for process in alive:
                if processes.catches(process.pid, stacks.SIGNAL):
                    with suppress(ProcessLookupError):  # in a storm of respawns it may be gone by now
                        os.kill(process.pid, stacks.SIGNAL)
            self._enter(Stage.STACKS, now)

    def _later(self, now: float) -> float | None:
        """A later deadline, where the fault came late, or where one more window would tell a slow tree from one that is stuck;
        None where this is the final one. It ends: a fault is announced once, and what is slow has its limit."""
        events, _problem = parse_events(self._event_bytes())
        answered_by = self._fault_time(events, now) + ANSWER * self._timeout
        if answered_by > now:
            return max(answered_by, now + self._window)
        if now + 0.9 * self._window > self._started + (1 + LONGER) * self._timeout:  # the looks come a little late
            return None
        until_now = Observation(
            main_pid=self.pid,
            timeout=now - self._started,
            launched=self._launched,
            events=events,
            members=self._member_table(),
        )
        return now + self._window if pace.undecided(until_now, self._windows) else None

    def _fault_time(self, events: list[Event], now: float) -> float:
        """When the first fault was announced, in the clock of ``now``; the start where none was: one yet to come is none."""
        fired = next((event for event in events if event["event"] == "fault"), None)
        return self._started if fired is None or fired["t"] / 1e9 > now else float(fired["t"] / 1e9)

    def _settle(self, alive: list[Process], now: float) -> None:
        others = [process for process in alive if process.pid != self.pid]
        if not others or now - self._stage_since >= GRACE:
            self._leftovers = [processes.describe(process) for process in others]
            self._note_commands(others)
            self._enter(Stage.KILLING, now)
            self._end(others, now)

    def _note_members(self, alive: list[Process], now: float) -> None:
        """Keep the process table: who came, and who is gone."""
        here = {(process.pid, process.started) for process in alive}
        for key, one in self._members.items():
            if one.until is None and key not in here:
                self._members[key] = replace(one, until=round(now - self._started, 3))
        for process in alive:
            key = (process.pid, process.started)
            member = self._members.get(key)
            if member is None:
                age = (
                    (process.started - self.known[self.pid]) / processes.STARTED_UNITS if self.pid in self.known else 0
                )
                self._members[key] = Member(process.pid, process.parent, round(age, 3), None, process.state)
            elif member.state != process.state:
                self._members[key] = replace(member, state=process.state)

    def _note_commands(self, alive: list[Process]) -> None:
        for process in alive:
            key = (process.pid, process.started)
            if key in self._members:
                command = str(processes.describe(process)["command"])
                self._members[key] = replace(self._members[key], command=command)

    def _member_table(self) -> list[Member]:
        """The first and the last of them, in the order of their birth."""
        table = sorted(self._members.values(), key=lambda one: (one.since, one.pid))
        return table if len(table) <= 2 * MEMBERS_KEPT else table[:MEMBERS_KEPT] + table[-MEMBERS_KEPT:]

    def _await_stacks(self, alive: list[Process], now: float) -> None:
        size = sum(file.stat().st_size for file in self.launched.directory.glob("stacks-*.txt"))
        written = size > 0 and size == self._stacks_size
        self._stacks_size = size
        if written or now - self._stage_since >= STACKS_WITHIN:
            self._stacks = self._read_stacks()
            path = native.tool() if self._native_stacks else None
            if path is None:
                self._begin_autopsy(now)
                return
            pids = [process.pid for process in alive]
            self._dumps = native.Dumps(sorted(pids, key=lambda pid: (pid != self.pid, pid)), path)
            self._enter(Stage.NATIVE, now)
            self._await_native(alive, now)

    def _await_native(self, alive: list[Process], now: float) -> None:
        if self._dumps is None or self._dumps.step({process.pid for process in alive}):
            self._begin_autopsy(now)

    def _begin_autopsy(self, now: float) -> None:
        if self._exit_status is None and processes.catches(self.pid, autopsy.SIGNAL):
            with suppress(ProcessLookupError):
                os.kill(self.pid, autopsy.SIGNAL)
        self._enter(Stage.AUTOPSY, now)

    def _await_autopsy(self, now: float) -> None:
        answered = processes.catches(self.pid, autopsy.SIGNAL)
        done = b'"autopsy-done"' in self._event_bytes()
        if done or not answered or now - self._stage_since >= AUTOPSY_WITHIN:
            self._enter(Stage.KILLING, now)

    def _end(self, alive: list[Process], now: float) -> None:
        if self._dumps is not None:
            self._dumps.close()
        process = self.launched.process
        if process.poll() is None:
            process.kill()  # the parent first, and alone: with it gone, nobody replaces the workers
            with self._counted():
                process.wait()
            return  # what it started until then, only the next look shows
        rest = [one for one in alive if one.pid != self.pid]
        trackers = [one for one in rest if self._is_tracker(one)]
        processes.kill(one for one in rest if one not in trackers)
        if len(trackers) == len(rest) and now - self._stage_since >= TRACKERS_WITHIN:
            processes.kill(trackers)
        if not rest:
            self._enter(Stage.FINISHED, now)
        elif now - self._stage_since >= GONE_WITHIN:
            self._not_cleaned = f"processes that SIGKILL does not end: {sorted(one.pid for one in alive)}"
            self._enter(Stage.FINISHED, now)

    def _is_tracker(self, process: Process) -> bool:
        """Whether it is a resource tracker: it removes the named semaphores of those that were killed, which outlive them all,
        and ends when the last of them has gone (Lib/multiprocessing/resource_tracker.py; loky's, too).
        """
        key = (process.pid, process.started)
        if key not in self._commands:
            self._commands[key] = str(processes.describe(process)["command"])
        return "resource_tracker" in self._commands[key]

    def _read_stacks(self) -> dict[str, str]:
        found = {}
        for file in self.launched.directory.glob("stacks-*.txt"):
            text = file.read_text("utf-8", "replace")
            if text:
                found[file.stem.removeprefix("stacks-")] = compact(text, linecache.getline)
        return found

    def _event_bytes(self) -> bytes:
        try:
            return (self.launched.directory / EVENTS).read_bytes()
        except OSError:
            return b""

    def finish(self) -> Observation:
        """What was seen, once the stage is FINISHED. Removes the cell's directory; its cgroup is the caller's to remove."""
        events, stream_error = parse_events(self._event_bytes())
        directory = self.launched.directory
        stderr, stderr_bytes = self._stderr
        observation = Observation(
            main_pid=self.pid,
            timeout=round(self._deadline - self._started, 3),
            duration=round(time.monotonic() - self._started, 3),
            cpu=round(self._cpu, 3),
            deadline_passed=self._deadline_passed,
            exit_status=None if self._deadline_passed else self._exit_status,
            events=events,
            stream_error=stream_error,
            deaths=self._deaths,
            last_breath=_last_breath(directory),
            oom_kills=(self._oom_before, self.launched.group.oom_kills()) if self.launched.group else None,
            window=self._windows[-1] if self._deadline_passed else None,
            launched=self._launched,
            asked=self._asked,
            members=self._member_table(),
            members_seen=len(self._members),
            holdings=self._holdings,
            stacks=self._stacks,
            native=self._dumps.found if self._dumps else {},
            leftovers=None if self._deadline_passed else self._leftovers,
            stderr=short_paths(stderr),
            stderr_bytes=stderr_bytes,
            not_cleaned=self._not_cleaned,
        )
        shutil.rmtree(directory, ignore_errors=True)
        return observation


def _last_breath(directory: Path) -> int | None:
    try:
        return int((directory / "last-breath").read_bytes())
    except (OSError, ValueError):
        return None


def _tail(file: Path) -> tuple[str, int]:
    """The end of a file, and its size in bytes; nothing where the subject has removed it."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - STDERR_KEPT))
            return stream.read().decode("utf-8", "replace"), size
    except OSError:
        return "", 0
