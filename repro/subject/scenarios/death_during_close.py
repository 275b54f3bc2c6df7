"""A worker dies while the pool is being closed, and its tasks are waited for."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from .. import cell, events
from ..rendezvous import await_files, await_started
from ..scenario import WORK, Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class DeathDuringClose(Scenario):
    name = "death-during-close"
    title = "a worker dies while the pool is closed and joined"
    dies = (
        "The worker with the third task, with status 1, when the parent is in close(); join() or shutdown(wait=True)."
    )
    sees = (
        "multiprocessing.Pool: join() never returns. concurrent.futures: shutdown returns, and every task that "
        "was not finished has BrokenProcessPool."
    )
    why = "join() waits for the worker handler, which waits until no task is left; the dead worker's is left for ever."
    where = "Lib/multiprocessing/pool.py: Pool.join(), Pool._handle_workers()."
    instead = "A pool that settles every task before it ends."
    references = ("gh-66587",)
    tags = ("shutdown",)
    status = 1
    script = Script(
        fault="""
            time.sleep(0.5)  # the parent waits for the end then
            os._exit(1)
        """,
        main="""
            pool = POOL(3)
            started = START(worker, [1, 2, 3])
            FINISH()
            print(ASK(started))
        """,
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            await_files([cell.current().path("closing")], 5.0)
            events.emit("fault", task=number)
            os._exit(1)
        time.sleep(WORK)
        return number

    def drive(self, steps: Steps) -> None:
        started = steps.start()
        await_started([3])
        with open(cell.current().path("closing"), "w"):
            pass
        steps.finish()
        steps.collect(started)


SCENARIO = DeathDuringClose()
