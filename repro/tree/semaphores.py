"""The semaphores of a process (sem_overview(7)): the locks of multiprocessing's queues. Who waits is seen; who has one, no
kernel knows.

A named semaphore is a file that is mapped; multiprocessing removes its name at once, and /proc/PID/maps still shows it. The value
is read from the process's memory, as glibc keeps it (nptl/sem_init.c: on 64-bit machines the value in the lower half of eight
bytes, the number of those who wait in the upper one).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from repro.tree import calls


@dataclass(frozen=True)
class Semaphore:
    """place: device, inode and offset, by which ``repro.tree.holdings`` numbers them. value: 0 where somebody has the lock; None
    where it can't be read. waiters: how many wait for it, in any process."""

    place: str
    value: int | None
    waiters: int | None


def of(pid: int) -> list[Semaphore]:
    """The semaphores that a process has mapped; none where nobody may look."""
    found = []
    try:
        with open(f"/proc/{pid}/maps", errors="backslashreplace") as file:
            lines = [line for line in file if "/sem." in line]
    except OSError:
        return []
    for line in lines:
        fields = line.split()
        data = calls.memory(pid, int(fields[0].partition("-")[0], 16), 8)
        value, waiters = struct.unpack("=II", data) if len(data) == 8 else (None, None)
        found.append(Semaphore(f"{fields[3]} {fields[4]} {int(fields[2], 16)}", value, waiters))
    return found
