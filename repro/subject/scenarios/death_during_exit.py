"""A worker dies while the ``with`` block of its pool is left."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from .. import cell, events
from ..rendezvous import await_files, await_started, say
from ..scenario import WORK, Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class DeathDuringExit(Scenario):
    name = "death-during-exit"
    title = "a worker dies while the with block is left"
    dies = "The worker with the third task, which has blocked SIGTERM, with status 1, when the parent is in __exit__()."
    sees = "The program goes on after the with block: terminate() and shutdown(wait=True) both bear a death."
    why = (
        "multiprocessing.Pool's __exit__() is terminate(), which does not care for tasks; that of concurrent.futures is "
        "shutdown(wait=True), which sees the sentinel."
    )
    where = "Lib/multiprocessing/pool.py: Pool._terminate_pool(); Lib/concurrent/futures/_base.py: Executor.__exit__()."
    instead = "-"
    tags = ("shutdown", "exit")
    kills = False
    collects = False
    status = None  # a pool may well be quicker, with a SIGKILL
    script = Script(
        fault="""
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            time.sleep(1)  # the parent leaves the block then
            os._exit(1)
        """,
        main="""
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3])
                time.sleep(0.5)
            print("the with block was left")
        """,
        well="It goes on after the with block.",
        last="the with block was left",
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            say("blocked")
            await_files([cell.current().path("closing")], 5.0)
            events.emit("fault", task=number)
            os._exit(1)
        time.sleep(WORK)
        return number

    def drive(self, steps: Steps) -> None:
        steps.start()
        await_started([3])
        await_files([cell.current().path("blocked")], 5.0)
        say("closing")
        steps.close()


SCENARIO = DeathDuringExit()
