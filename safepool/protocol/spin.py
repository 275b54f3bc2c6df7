"""Looking again and again for a moment before going to sleep, where that pays.

To wake a process that sleeps takes tens of microseconds, a multiple of what a short task and its message take. Who
waits for an answer that has come at once several times in a row looks for it actively, for SPIN_NS at most; the
first time that is in vain, it goes back to sleeping until the answers come fast again. Each look offers the
processor to whoever wants to run (``sched_yield(2)``), and with a single processor nobody ever spins.
"""

import select
from typing import Any

from .clock import now_ns
from .originals import System, cooperative

#: For how many nanoseconds one looks.
SPIN_NS = 50_000
#: A sleep so short (the waking included) would not have been needed; and how many of them have to follow each other.
SHORT_NS = 150_000
SHORT_SLEEPS = 3


def _processors() -> int:
    try:
        return len(System.sched_getaffinity(0))
    except OSError:
        return 1


class Spin:
    """How to wait for ``fd`` to become readable, learnt from how long that took the last times."""

    def __init__(self, fd: int, poll: Any = None) -> None:
        """``poll`` makes what waits; None: as the program waits."""
        self._poll = (poll or cooperative("select", "poll"))()
        self._poll.register(fd, select.POLLIN)
        self._short = 0 if _processors() > 1 else -(1 << 60)

    @property
    def pays(self) -> bool:
        return self._short >= SHORT_SLEEPS

    def look(self) -> bool:
        """Look until there is something, for SPIN_NS. False if there is nothing: go to sleep then."""
        poll, give_up = self._poll.poll, now_ns() + SPIN_NS
        while not poll(0):
            if now_ns() >= give_up:
                self.stop()
                return False
            System.sched_yield()
        return True

    def slept(self, nanoseconds: int) -> None:
        """It took so long after all, asleep."""
        if nanoseconds < SHORT_NS:
            self._short += 1
        else:
            self.stop()

    def stop(self) -> None:
        """Sleep, until answers come fast again several times in a row."""
        self._short = min(self._short, 0)

    def wait(self, milliseconds: int) -> bool:
        """Wait until ``fd`` is readable, ``milliseconds`` at most; False if it is not."""
        if self.pays and self.look():
            return True
        began = now_ns()
        ready = bool(self._poll.poll(milliseconds))
        self.slept(now_ns() - began)
        return ready
