"""A worker dies after ``shutdown(wait=False)``."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from .. import cell, events
from ..rendezvous import await_files, await_started
from ..scenario import WORK, Scenario, require_shutdown
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class ShutdownNowaitDeath(Scenario):
    name = "shutdown-nowait-death"
    title = "a worker dies after shutdown(wait=False)"
    dies = "The worker with the third task, with status 1, when the parent has let go of the pool."
    sees = "concurrent.futures: BrokenProcessPool for everything that was not finished; up to 3.8 nothing, ever."
    why = (
        "Up to 3.8 shutdown closes the wake-up pipe that the manager thread still reads: it ends with 'handle is closed', and "
        "nobody looks for deaths any more."
    )
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor.shutdown(), _queue_management_worker() in 3.8. gh-83285, fixed "
        "in 3.9."
    )
    references = ("gh-83285",)
    instead = "A newer Python."
    tags = ("shutdown", "exit")
    status = 1
    needs = ("futures",)
    script = Script(
        fault="""
            time.sleep(0.5)  # the parent has let go of the pool then
            os._exit(1)
        """,
        main="""
            pool = POOL(3)
            started = START(worker, [1, 2, 3])
            pool.shutdown(wait=False)
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
        require_shutdown(steps.pool, "wait")
        started = steps.start()
        await_started([3])
        steps.pool.shutdown(wait=False)
        with open(cell.current().path("closing"), "w"):
            pass
        steps.collect(started)
        steps.close()


SCENARIO = ShutdownNowaitDeath()
