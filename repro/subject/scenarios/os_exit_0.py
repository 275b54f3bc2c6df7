"""``os._exit(0)`` in a task: an end without a word that looks like success."""

from __future__ import annotations

import os

from ..scenario import Scenario
from ..script import Script


class OsExit0(Scenario):
    name = "os-exit-0"
    title = "a task calls os._exit(0)"
    dies = "The worker, at once, with status 0."
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for every task that is not finished. "
        "Pools that take status 0 for a regular end wait for ever here, and only here."
    )
    why = "A worker that ends in the middle of a task has died, whatever its status says; a pool has to know what it held."
    where = (
        "Lib/multiprocessing/pool.py: Pool._join_exited_workers() does not look at the status; "
        "Lib/concurrent/futures/process.py: the sentinel is ready however the process ended."
    )
    instead = "As for os._exit(1)."
    references = ("gh-66587",)
    tags = ("exit", "quick")
    status = 0
    script = Script("os._exit(0)")

    def fire(self) -> None:
        os._exit(0)


SCENARIO = OsExit0()
