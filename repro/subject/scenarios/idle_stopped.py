"""An idle worker is stopped, and nobody continues it."""

from __future__ import annotations

import os
import signal

from ..procfs import state
from ..rendezvous import await_true
from .idle_killed import IdleKilled, idle_script


class IdleStopped(IdleKilled):
    name = "idle-stopped"
    title = "an idle worker gets SIGSTOP"
    dies = "Nothing: of three idle workers, the one that reads the queue is stopped."
    sees = "Nothing, ever, with both standard pools, although two workers have nothing to do."
    why = "It is stopped in read() with the lock of the queue that all workers share: see idle-killed."
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(), Queue.get(). gh-96062."
    instead = "A channel for each worker, and a timeout for tasks."
    references = ("gh-96062",)
    tags = ("signal",)
    kills = False
    time_limit = 2.0
    patience = 5.0  # safepool gives a worker that is stopped three seconds at the end
    status = None
    script = idle_script("pipe", "SIGSTOP")

    def hit(self, victim: int) -> None:
        os.kill(victim, signal.SIGSTOP)
        await_true(lambda: state(victim) in "T", 5.0)


SCENARIO = IdleStopped()
