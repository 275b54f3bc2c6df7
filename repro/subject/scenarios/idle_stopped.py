"""An idle worker is stopped, and nobody continues it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from .. import events
from ..procfs import state, the_reader
from ..scenario import Scenario, await_true

if TYPE_CHECKING:
    from ..program import Steps


class IdleStopped(Scenario):
    name = "idle-stopped"
    title = "an idle worker gets SIGSTOP"
    dies = "Nothing: of three idle workers, the one that reads the queue is stopped."
    sees = "Nothing, ever, with both standard pools, although two workers have nothing to do."
    why = "It is stopped in read() with the lock of the queue that all workers share: see idle-killed."
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(), Queue.get(). gh-96062."
    instead = "A channel for each worker, and a timeout for tasks."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs = (1, 2, 3, 4)
    faulty = None
    kills = False
    time_limit = 2.0

    def drive(self, steps: Steps) -> None:
        victim = the_reader(steps.warm_up())
        events.emit("fault", victim=victim)
        os.kill(victim, signal.SIGSTOP)
        await_true(lambda: state(victim) in "T", 5.0)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = IdleStopped()
