"""An idle worker that waits for the lock of the queue is killed."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from .. import events
from ..procfs import alive, the_reader, who_waits_for_a_lock
from ..scenario import Scenario, await_true

if TYPE_CHECKING:
    from ..program import Steps


class IdleWaitingKilled(Scenario):
    name = "idle-waiting-killed"
    title = "an idle worker without the queue's lock is killed"
    dies = "Of three idle workers, one that waits for the lock of the queue, by SIGKILL. Nobody has a task."
    sees = "multiprocessing.Pool: every result; the worker is replaced. concurrent.futures: BrokenProcessPool."
    why = (
        "Who waits for a semaphore leaves nothing behind when it dies: the harmless half of idle-killed. Which of the workers "
        "it hits is chance; in production one of three kills of idle workers is the other half."
    )
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(). gh-96062."
    instead = "A pool without shared locks."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs = (1, 2, 3, 4)
    faulty = None
    status = -signal.SIGKILL

    def drive(self, steps: Steps) -> None:
        workers = steps.warm_up()
        reader = the_reader(workers)
        victim = who_waits_for_a_lock([pid for pid in workers if pid != reader])
        events.emit("fault", victim=victim)
        os.kill(victim, signal.SIGKILL)
        await_true(lambda: not alive(victim), 5.0)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = IdleWaitingKilled()
