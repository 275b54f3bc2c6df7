"""The file system of shared memory is full."""

from __future__ import annotations

import os

from .. import events, full
from ..scenario import Scenario, UnsupportedError

#: Where glibc keeps named semaphores and shared memory (sem_overview(7), shm_overview(7)).
PLACE = "/dev/shm"


class ShmFull(Scenario):
    name = "shm-full"
    title = "/dev/shm is full"
    dies = "Nothing. The file system of named semaphores and shared memory is full: 64 MB is a container's default."
    sees = (
        "Both standard pools: OSError, No space left on device, when the pool is made. The message does not say where."
    )
    why = "Their queues have locks, and each lock is a named semaphore, a file in /dev/shm."
    where = "Lib/multiprocessing/synchronize.py: SemLock; Modules/_multiprocessing/semaphore.c: sem_open(3)."
    instead = "A larger /dev/shm; or a pool without locks of that kind."
    tags = ("startup", "parent")
    faulty = None
    kills = False
    script = full.full_script('"/dev/shm"')

    def before_open(self) -> None:
        if not os.path.isdir(PLACE):
            raise UnsupportedError(f"there is no {PLACE} here")
        full.fill(PLACE)
        events.emit("fault")

    def work(self, number: int) -> int:
        return number


SCENARIO = ShmFull()
