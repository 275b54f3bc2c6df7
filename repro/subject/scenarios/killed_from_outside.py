"""A busy worker is killed by another process: an operator, a batch system."""

from __future__ import annotations

import os
import signal
import time

from .. import events
from ..rendezvous import await_started, worker_of
from ..scenario import WORK, Scenario
from ..script import Script

#: How long the victim would work if nobody killed it, in seconds: longer than a neighbour takes to start and to shoot.
VICTIM_WORKS = 1.0


class KilledFromOutside(Scenario):
    name = "killed-from-outside"
    title = "a busy worker is killed from outside"
    dies = "The worker that has the third task, by SIGKILL from a process that is not its parent."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = (
        "The worker is replaced, and its task forgotten: nothing records which worker held which task. It makes "
        "no difference who sends the signal."
    )
    where = "Lib/multiprocessing/pool.py: Pool._maintain_pool()."
    instead = "A pool that knows what each worker holds."
    references = ("gh-66587",)
    tags = ("signal",)
    status = -signal.SIGKILL
    script = Script('os.system("kill -KILL %d" % os.getpid())  # from another process')

    def work(self, number: int) -> int:
        """The neighbour, task 2, shoots; the victim, task 3, only works."""
        if number == 2:
            await_started([3])
            victim = worker_of(3)
            events.emit("fault", task=3, victim=victim)
            os.kill(victim, signal.SIGKILL)
        time.sleep(VICTIM_WORKS if number == 3 else WORK)
        return number


SCENARIO = KilledFromOutside()
