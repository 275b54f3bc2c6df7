"""All workers die at once, each with a task."""

from __future__ import annotations

import os
import signal

from ..rendezvous import kill_all, worker_of
from ..scenario import Scenario
from ..script import Script


class AllBusyKilled(Scenario):
    name = "all-busy-killed"
    title = "all busy workers are killed"
    dies = "Three workers at the same moment, each in the middle of a task."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = "The worker is replaced, and its task forgotten: nothing records which worker held which task."
    where = "Lib/multiprocessing/pool.py: Pool._maintain_pool()."
    instead = "A pool that knows what each worker holds."
    references = ("gh-66587",)
    tags = ("signal",)
    status = -signal.SIGKILL
    script = Script(
        worker="""
            def worker(x):
                print(x, flush=True)
                time.sleep(0.5)  # all three have a task then
                os.kill(os.getpid(), signal.SIGKILL)
        """
    )

    def fire(self) -> None:
        # a pool that is quick notices the others, and ends this one by SIGTERM, before it has come to its own end
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        kill_all([*map(worker_of, (1, 2)), os.getpid()])


SCENARIO = AllBusyKilled()
