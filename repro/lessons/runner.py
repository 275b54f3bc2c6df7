"""Runs the program of a lesson as the suite runs a cell: under the watchdog, which says hang or not, and leaves nothing behind.

A ``Program`` is stepped by who shows it: what is printed, how the clock stands and whether anybody works, is known at any time.
"""

from __future__ import annotations

import os
import platform
import pty
import select
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from repro.lessons import model, recording
from repro.lessons.recording import Line, Recording
from repro.observation import Observation
from repro.observer import cgroup, sweep
from repro.observer.launch import Stage, launch_program, without_places
from repro.observer.watchdog import Stage as Step
from repro.observer.watchdog import Watch
from repro.tree import processes

#: How often the processes are looked at, in seconds: in the first second, in which most happens, and later.
OFTEN, LATER = 0.02, 0.05
#: How often it is asked whether anybody has worked, in seconds.
ASK_EVERY = 0.25
#: How long nobody may have worked until a Ctrl-C of a recorded run is sent, in seconds.
QUIET = 1.0

CTRL_C = b"\x03"


@dataclass(frozen=True)
class Python:
    """The interpreter for the programs. version: as ``3.12.1``."""

    path: str
    version: str


class Program:
    """A program that runs. Times are in seconds after its start. ``close`` it, whatever happens.

    lines: what it has printed so far. interrupts: when it got a Ctrl-C. alive: its processes that run. quiet: for how long none
    of them has used CPU time, nor been scheduled.
    """

    def __init__(self, stage: Stage, run: model.Run, source: str, python: Python, terminal: bool = False) -> None:
        """terminal: whether it gets one of its own. Raises OSError where it can't be started; NoMemoryGroup where it has to run
        within a limit of memory, and nobody gives us one: then its recorded run can be shown."""
        processes.adopt_orphans()
        self.run = run
        self.lines: list[Line] = []
        self.interrupts: list[float] = []
        self.alive: list[processes.Process] = []
        self.quiet = 0.0
        self.ended: float | None = None
        self._source = source
        self._python = python
        self._rest = b""
        self._read = 0
        self._asked: tuple[float, dict[tuple[int, int], tuple[int, int, int]]] = (0.0, {})
        self._worked = 0.0
        self._master: int | None = None
        slave: int | None = None
        if terminal:
            self._master, slave = pty.openpty()
        try:
            launched = launch_program(stage, python.path, run.program, source, run.args, slave, run.memory << 20)
        finally:
            if slave is not None:
                os.close(slave)
        self._group = launched.group
        self._directory = launched.directory
        self._process = launched.process
        self._began = time.monotonic()
        self._watch = Watch(launched, run.deadline, native_stacks=False)

    @property
    def clock(self) -> float:
        """Seconds since its start; once it has ended, until then."""
        return time.monotonic() - self._began if self.ended is None else self.ended

    @property
    def judged(self) -> bool:
        """Whether the watchdog has its verdict, and is only ending what is left."""
        return self._watch.stage is not Step.RUNNING

    @property
    def descriptor(self) -> int | None:
        """What becomes readable when it prints; None where that is a file, which has to be looked at."""
        return self._master

    def step(self) -> bool:
        """Look once. Returns whether all is over, and nothing of it is left."""
        everyone, now = processes.scan(), time.monotonic()
        self._watch.step(everyone, now)
        if self.ended is None and (self._process.returncode is not None or self.judged):
            self.ended = now - self._began
        tree = processes.members(everyone, self._process.pid, self._watch.known)
        self.alive = [one for one in tree if not one.zombie]
        self._ask(now - self._began)
        self._take()
        return self._watch.stage is Step.FINISHED

    def pause(self) -> float:
        """How long to wait for the next step, in seconds."""
        return min(OFTEN if self.clock < 1 else LATER, self._watch.next_look(time.monotonic()))

    def interrupt(self) -> None:
        """Ctrl-C, as its terminal sends it."""
        self.interrupts.append(round(self.clock, 3))
        if self._master is not None:
            os.write(self._master, CTRL_C)
        else:
            os.killpg(self._process.pid, signal.SIGINT)

    def cancel(self) -> None:
        """The reader has seen enough: end it."""
        self._watch.cancel(processes.scan())

    def close(self) -> None:
        """End what is left, wait for that, and remove its directory."""
        while self._watch.stage is not Step.FINISHED:
            self._watch.cancel(processes.scan())
            time.sleep(OFTEN)
        if self._master is not None:
            os.close(self._master)
            self._master = None
        if self._group is not None:
            self._group.remove_soon()
            self._group = None
        shutil.rmtree(self._directory, ignore_errors=True)

    def result(self) -> Recording:
        """What it was, once ``step`` has returned True."""
        self._take()
        if self._rest:
            self.lines.append(Line(round(self.clock, 3), self._shown(self._rest)))
        seen = self._watch.finish()
        return Recording(
            run=self.run.name,
            source=recording.digest(self._source),
            python=self._python.version,
            machine=f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores",
            date=f"{datetime.now(timezone.utc):%Y-%m-%d}",
            ending=ending(seen),
            seconds=round(self.clock, 3),
            lines=tuple(self.lines),
            interrupts=tuple(self.interrupts),
            seen=replace(seen, duration=round(self.clock, 3)),
        )

    def _ask(self, at: float) -> None:
        """Whether anybody has worked since it was last asked."""
        before, known = self._asked
        if known and at - before < ASK_EVERY:
            self.quiet = at - self._worked
            return
        now = processes.activity(one.pid for one in self.alive)
        if now != known:
            self._worked = at
        self._asked = at, now
        self.quiet = at - self._worked

    def _take(self) -> None:
        """Read what it has printed since."""
        *lines, self._rest = (self._rest + self._more()).split(b"\n")
        self.lines += [Line(round(self.clock, 3), self._shown(line)) for line in lines]

    def _more(self) -> bytes:
        if self._master is None:
            try:
                with (self._directory / "stdout").open("rb") as file:
                    file.seek(self._read)
                    found = file.read()
            except FileNotFoundError:  # it is over, and its directory removed
                return b""
            self._read += len(found)
            return found
        found = b""
        while select.select([self._master], [], [], 0)[0]:
            try:
                more = os.read(self._master, 65536)
            except OSError:  # EIO: nobody has the other side any more (pty(7))
                break
            if not more:
                break
            found += more
        return found

    def _shown(self, line: bytes) -> str:
        return without_places(line.decode("utf-8", "replace").rstrip("\r"), self._directory)


def ending(seen: Observation) -> str:
    """How a program ended, in the words of lessons."""
    if seen.deadline_passed:
        return model.BUSY if seen.window is not None and seen.window.works else model.HANG
    status = seen.exit_status or 0
    if status >= 0:
        return f"exit {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def watch(
    stage: Stage, run: model.Run, folder: Path, python: Python, looked: Callable[[Program], None] | None = None
) -> Recording:
    """Run a program of a lesson to its end, and press Ctrl-C as often as the lesson says, each time when all is quiet.

    folder: the lesson's. looked: called after each look. The reader's own Ctrl-C raises KeyboardInterrupt; nothing is left.
    """
    program = _started(stage, run, folder, python)
    try:
        while not _stepped(program):
            if looked is not None:
                looked(program)
            time.sleep(program.pause())
        return program.result()
    finally:
        program.close()


def together(stage: Stage, jobs: Sequence[tuple[model.Run, Path, Python]], working: int) -> list[Recording]:
    """Run several programs beside each other, as ``watch`` would each; in their own order. What waits costs no CPU time.

    jobs: of each, the run, the lesson's folder, and the interpreter. working: how many may work at once.
    """
    pending = list(enumerate(jobs))
    running: dict[int, Program] = {}
    found: dict[int, Recording] = {}
    try:
        while pending or running:
            while pending and sum(program.quiet < ASK_EVERY for program in running.values()) < working:
                number, job = pending.pop(0)
                running[number] = _started(stage, *job)
            for number, program in list(running.items()):
                if _stepped(program):
                    found[number] = program.result()
                    running.pop(number).close()
            time.sleep(min((program.pause() for program in running.values()), default=0.0))
    finally:
        for program in running.values():
            program.close()
    return [found[number] for number in range(len(jobs))]


def _started(stage: Stage, run: model.Run, folder: Path, python: Python) -> Program:
    return Program(stage, run, run.source(folder), python, terminal=run.interrupts > 0)


def _stepped(program: Program) -> bool:
    """Look once, and press Ctrl-C where that is due. Returns whether all is over."""
    pressed = program.interrupts[-1] if program.interrupts else 0.0
    if len(program.interrupts) < program.run.interrupts and min(program.quiet, program.clock - pressed) > QUIET:
        program.interrupt()
    return program.step()


def record(stage: Stage, run: model.Run, folder: Path, python: Python) -> Recording:
    """The run for the record: of one that is repeated, the first that ended as is named first, and how often it ended how."""
    several = [watch(stage, run, folder, python) for _ in range(run.times)]
    counts = Counter(one.ending for one in several)
    chosen = next((one for one in several if one.ending == run.ends[0]), several[0])
    return replace(chosen, counts=dict(sorted(counts.items()))) if run.times > 1 else chosen


def lacks(run: model.Run) -> str:
    """Why a program can't be run here, in a sentence; "" where it can. Then there is its recorded run."""
    if run.memory == 0:
        return ""
    group = cgroup.make(run.memory << 20)
    if group is not None:
        group.remove_soon()
        return ""
    return (
        ""
        if cgroup.systemd_gives()
        else "it needs a memory cgroup, and neither the kernel's files nor systemd give one"
    )


def clean() -> None:
    """End and remove what was left by runs that were killed."""
    sweep.sweep()
    cgroup.sweep()
