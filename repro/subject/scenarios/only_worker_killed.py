"""The only worker is killed while it is idle."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from .. import events
from ..procfs import alive, the_reader
from ..scenario import Scenario, await_true

if TYPE_CHECKING:
    from ..program import Steps


class OnlyWorkerKilled(Scenario):
    name = "only-worker-killed"
    title = "the only worker of a pool is killed while idle"
    dies = "The one worker of a pool of one, by SIGKILL. Nobody has a task."
    sees = (
        "multiprocessing.Pool: the next call never returns, and terminate() hangs. concurrent.futures: BrokenProcessPool for "
        "the next call."
    )
    why = "An idle worker that is alone always holds the lock of the queue: what is chance in idle-killed is certain here."
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(). gh-96062."
    instead = "A pool without shared locks."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs = (1, 2)
    faulty = None
    status = -signal.SIGKILL
    workers = 1
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError

    def drive(self, steps: Steps) -> None:
        victim = the_reader(steps.warm_up())
        events.emit("fault", victim=victim)
        os.kill(victim, signal.SIGKILL)
        await_true(lambda: not alive(victim), 5.0)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = OnlyWorkerKilled()
