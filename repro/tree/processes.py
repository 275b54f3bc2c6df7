"""Looks at processes: who belongs to a cell, what they do, how they ended; and ends them.

On Linux, /proc is read directly (proc(5)): one pass over all processes serves every running cell, and a process costs some
15 us, where a general library takes several times that; the watchdog is to cost little beside what it watches. Elsewhere psutil
does it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from repro.subject.events import short_paths

LINUX = sys.platform == "linux"
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
#: How many of the units of ``Process.started`` make a second.
STARTED_UNITS = os.sysconf("SC_CLK_TCK") if LINUX else 1000
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """One process at one moment.

    started: when, in units of STARTED_UNITS; distinguishes it from a later one with the same pid. cpu_ms: user and system time,
    all threads.
    exit_status: of a zombie: its exit code, or minus the number of the signal that ended it; None for a living one, and of a
    zombie that the kernel shows to others only.
    """

    pid: int
    parent: int
    session: int
    state: str
    cpu_ms: float
    started: int
    exit_status: int | None

    @property
    def zombie(self) -> bool:
        return self.state in "ZX"


def adopt_orphans() -> None:
    """Make orphans of our descendants our children, however they left their session: none escapes unseen (prctl(2)).

    It also makes the CPU time of workers whose parent was killed count among our children's. Linux only.
    """
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def scan() -> dict[int, Process]:
    """Every process on the machine, by pid."""
    return some(numbers()) if LINUX else _scan_with_psutil()


def numbers() -> set[int]:
    """The pid of every process on the machine: a fiftieth of what it costs to look at each."""
    return {int(entry) for entry in os.listdir("/proc") if entry[0] in "123456789"} if LINUX else set(psutil.pids())


def some(pids: Iterable[int]) -> dict[int, Process]:
    """Those of some processes that are there."""
    if not LINUX:
        wanted = set(pids)
        return {pid: process for pid, process in _scan_with_psutil().items() if pid in wanted}
    return {process.pid: process for pid in pids if (process := _read_stat(str(pid))) is not None}


def members(everyone: dict[int, Process], session: int, known: dict[int, int]) -> list[Process]:
    """Those of one cell: its session, what descends from that, and whoever was known to belong to it before.

    session: the pid of the cell's first process, which leads a session of its own. known: pid -> started, of those
    seen before; new members are added to it.
    """
    inside = {
        pid
        for pid, process in everyone.items()
        if process.session == session or pid == session or known.get(pid) == process.started
    }
    grown = True
    while grown:
        more = {pid for pid, process in everyone.items() if process.parent in inside and pid not in inside}
        grown = bool(more)
        inside |= more
    for pid in inside:
        known[pid] = everyone[pid].started
    return [everyone[pid] for pid in inside]


def activity(pids: Iterable[int]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """What every thread of these processes has done so far: (pid, thread) -> (CPU nanoseconds, times it was scheduled,
    nanoseconds for which it was ready and waited for a processor).

    Two equal answers mean that nothing ran in between: no CPU time, no context switch.
    Source: /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
    """
    seen: dict[tuple[int, int], tuple[int, int, int]] = {}
    for pid in pids:
        if not LINUX:
            _activity_with_psutil(pid, seen)
            continue
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        for thread in threads:
            try:
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    on_cpu, delayed, slices = file.read().split()
            except (OSError, ValueError):
                continue
            seen[pid, int(thread)] = (int(on_cpu), int(slices), int(delayed))
    return seen


def ready(pids: Iterable[int]) -> set[tuple[int, int]]:
    """The threads of these processes that run, or could if they had a processor: the state R of proc(5). None where the kernel
    does not say."""
    found = set()
    for pid in pids if LINUX else ():
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/stat", "rb") as file:
                    line = file.read()
                if line[line.rindex(b")") + 2 :].startswith(b"R"):
                    found.add((pid, int(thread)))
        except OSError:  # it has ended
            continue
    return found


def catches(pid: int, number: int) -> bool:
    """Whether the process has a handler for a signal. One that has none may be killed by it: never send it then."""
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    except OSError:
        pass
    return False


def environment_of(pid: int, name: str) -> str | None:
    """A variable of the environment that a process was started with, or None."""
    try:
        return psutil.Process(pid).environ().get(name)
    except (psutil.Error, OSError):
        return None


def directory_of(pid: int) -> str | None:
    """The directory in which a process works, or None."""
    try:
        return psutil.Process(pid).cwd()
    except (psutil.Error, OSError):
        return None


def describe(process: Process) -> dict[str, object]:
    """A process in words, for a record."""
    try:
        command = " ".join(psutil.Process(process.pid).cmdline())
    except (psutil.Error, OSError):
        command = ""
    return {"pid": process.pid, "state": process.state, "command": short_paths(command)[:200]}


def kill(processes: Iterable[Process]) -> None:
    """SIGKILL to each, checked by its start time: a pid that was reused is somebody else."""
    for process in processes:
        now = _read_stat(str(process.pid)) if LINUX else process
        if now is not None and now.started == process.started and not now.zombie:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def reap(processes: Iterable[Process]) -> None:
    """Collect those zombies among them that are our own children: adopted orphans. Who adopted one is asked of the kernel:
    since it was looked at, its parent may have ended."""
    for process in processes:
        if process.zombie:
            try:
                os.waitpid(process.pid, os.WNOHANG)
            except ChildProcessError:
                pass


def cpu_of_reaped() -> float:
    """The CPU time of every process that this one has reaped so far, and of those that they had reaped, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read_stat(pid: str) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return None
    # the name is in parentheses and may hold anything, parentheses and spaces too; numbers as in proc(5), 3 = state
    fields = line[line.rindex(b")") + 2 :].split()
    state = fields[0].decode()
    status = None
    if state in "ZX" and len(fields) > 49:
        code = int(fields[49])  # field 52; 0 for those who may not trace the process, whatever it is
        if code or os.access(f"/proc/{pid}/fd", os.R_OK):
            status = -(code & 0x7F) if code & 0x7F else code >> 8
    cpu = (int(fields[11]) + int(fields[12])) * _TICK_MS
    return Process(int(pid), int(fields[1]), int(fields[3]), state, cpu, int(fields[19]), status)


def _scan_with_psutil() -> dict[int, Process]:
    found = {}
    for one in psutil.process_iter():
        try:
            with one.oneshot():
                times = one.cpu_times()
                state = "Z" if one.status() == psutil.STATUS_ZOMBIE else one.status()[0].upper()
                found[one.pid] = Process(
                    one.pid,
                    one.ppid(),
                    os.getsid(one.pid),
                    state,
                    (times.user + times.system) * 1000,
                    int(one.create_time() * 1000),
                    None,
                )
        except (psutil.Error, OSError):
            continue
    return found


def _activity_with_psutil(pid: int, seen: dict[tuple[int, int], tuple[int, int, int]]) -> None:
    try:
        process = psutil.Process(pid)
        times, switches = process.cpu_times(), process.num_ctx_switches()
    except psutil.Error:
        return
    seen[pid, pid] = (int((times.user + times.system) * 1e9), switches.voluntary + switches.involuntary, 0)
