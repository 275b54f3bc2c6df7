"""Sleeps until one of several processes ends, however many there are, and says how each has ended, as far as the kernel tells.

They are nobody's children here. Linux has three places in which their exit status can be had from outside:

- of a zombie, /proc/PID/stat has it (field 52 of proc_pid_stat(5)), for those who may trace the process: its own user, root. A
  parent that sits in ``waitpid`` takes it away within microseconds; Pool asks ten times a second, and leaves time to look.
- of a process that its parent has reaped, a pidfd tells it that was opened before, whoever has it (PIDFD_GET_INFO with
  PIDFD_INFO_EXIT, from Linux 6.15 on; see ``repro.subject.witness``).
- before Linux 6.15, of a process that was reaped before one could look, nothing does. Then that is said.

A pidfd (pidfd_open(2), Linux 5.3) is readable when its process has ended: nobody need look meanwhile. Where there is none, or too
many files are open, the process is looked at five times a second, or less often where there are thousands.
"""

from __future__ import annotations

import os
import resource
import select
import time
from dataclasses import dataclass

from repro.subject import witness
from repro.tree import processes
from repro.tree.processes import Process

#: How often those are looked at that have no pidfd, and those whose status may still come, in seconds.
EVERY = 0.2
#: So many descriptors are left for everything else.
RESERVED = 128
#: Of thousands, looking may use so much of a core, and comes the less often.
SHARE = 0.003
#: How long a status may take to come, in seconds: until the parent has reaped the process.
AWAITED = 0.3

TAKEN = "its parent had asked for it before, and Linux keeps it for nobody else before 6.15"
HIDDEN = "its parent has not asked for it, and the kernel shows it to its own user and to root"


@dataclass(frozen=True)
class End:
    """at: when it was noticed (monotonic, seconds). status: its exit code, or minus a signal; None where that is not known.
    why: it is not."""

    pid: int
    at: float
    status: int | None
    why: str = ""


@dataclass
class _Held:
    pid: int
    started: int
    pidfd: int | None
    ended: float | None = None


class Ends:
    """The processes that are waited for. ``close`` gives their descriptors back."""

    def __init__(self) -> None:
        self._poll = select.poll() if hasattr(select, "poll") else None
        self._held: dict[int, _Held] = {}
        self._every = EVERY

    @property
    def all_by_pidfd(self) -> bool:
        """Whether the end of each is noticed at once, and not at the next look."""
        return all(one.pidfd is not None for one in self._held.values())

    def add(self, process: Process) -> None:
        """Wait for this one, too. One that has ended is told by the next ``wait``."""
        if process.pid in self._held:
            return
        pidfd = _pidfd(process) if len(self._held) < _room() else None
        self._held[process.pid] = _Held(process.pid, process.started, pidfd)
        if pidfd is not None and self._poll is not None:
            self._poll.register(pidfd, select.POLLIN)

    def wait(self, seconds: float) -> list[End]:
        """Who has ended, as soon as there is one; nobody after so many seconds."""
        deadline = time.monotonic() + max(0.0, seconds)
        while True:
            left = deadline - time.monotonic()
            looks = any(one.pidfd is None or one.ended is not None for one in self._held.values())
            self._sleep(min(left, self._every) if looks else left)
            before = time.process_time()
            found = [end for one in list(self._held.values()) if (end := self._look(one)) is not None]
            self._every = max(EVERY, (time.process_time() - before) / SHARE)
            for end in found:
                self._forget(end.pid)
            if found or time.monotonic() >= deadline:
                return found

    def close(self) -> None:
        for pid in list(self._held):
            self._forget(pid)

    def _sleep(self, seconds: float) -> None:
        if self._poll is None:
            time.sleep(max(0.0, seconds))
            return
        ready = {descriptor for descriptor, _ in self._poll.poll(max(0.0, seconds) * 1000)}
        for one in self._held.values():
            if one.pidfd in ready and one.ended is None:
                one.ended = time.monotonic()
                self._poll.unregister(one.pidfd)  # it stays readable

    def _look(self, one: _Held) -> End | None:
        """The end of one process; None while it lives, or while its status may still come."""
        if one.ended is None and one.pidfd is not None:
            return None
        now = processes.some([one.pid]).get(one.pid)
        there = now is not None and now.started == one.started
        if one.ended is None:
            if there and now is not None and not now.zombie:
                return None
            one.ended = time.monotonic()
        status = now.exit_status if there and now is not None else None
        if status is None and one.pidfd is not None:
            status = witness.exit_status(one.pidfd)
        if status is None and there and time.monotonic() - one.ended < AWAITED:
            return None
        return End(one.pid, one.ended, status, "" if status is not None else HIDDEN if there else TAKEN)

    def _forget(self, pid: int) -> None:
        one = self._held.pop(pid)
        if one.pidfd is not None:
            if one.ended is None and self._poll is not None:
                self._poll.unregister(one.pidfd)
            os.close(one.pidfd)


def _room() -> int:
    """How many pidfds there may be, so that other files can still be opened: without those, every process looks gone."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVED


def _pidfd(process: Process) -> int | None:
    """None where there are none (an old kernel, macOS), or no more of them, or the process has gone."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        found = os.pidfd_open(process.pid)
    except OSError:
        return None
    now = processes.some([process.pid]).get(process.pid)
    if now is None or now.started == process.started:  # gone since, or it
        return found
    os.close(found)  # another process has the number by now
    return None
