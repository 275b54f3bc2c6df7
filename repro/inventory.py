"""What a hung tree holds: its processes, and which of them have which end of which pipe. From /proc (proc(5)); Linux only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from repro.observation import Holding
from repro.processes import Process


def take(tree: Iterable[Process]) -> list[Holding]:
    """The processes of a tree, zombies included, each with the pipes that it holds.

    Pipes are numbered in the order in which they are met, since the kernel's numbers say nothing.
    """
    numbers: dict[str, int] = {}
    found = []
    for process in sorted(tree, key=lambda one: one.pid):
        reads, writes = [], []
        for pipe, flags in _pipes(process.pid):
            number = numbers.setdefault(pipe, len(numbers) + 1)
            mode = flags & os.O_ACCMODE
            if mode in (os.O_RDONLY, os.O_RDWR):
                reads.append(number)
            if mode in (os.O_WRONLY, os.O_RDWR):
                writes.append(number)
        found.append(Holding(process.pid, process.parent, process.state, sorted(set(reads)), sorted(set(writes))))
    return found


def _pipes(pid: int) -> Iterable[tuple[str, int]]:
    """The pipes and sockets that a process has open, with the flags of each descriptor."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for descriptor in descriptors:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            if not re.match(r"pipe:\[", target):
                continue
            with open(f"/proc/{pid}/fdinfo/{descriptor}") as file:
                flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
        except (OSError, StopIteration, ValueError):
            continue
        yield target, flags
