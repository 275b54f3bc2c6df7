"""``os._exit(1)`` in a task: the process ends at once, without a word."""

from __future__ import annotations

import os

from ..scenario import Scenario
from ..script import Script


class OsExit(Scenario):
    name = "os-exit"
    title = "a task calls os._exit(1)"
    dies = (
        "The worker, at once, with status 1: no exception, no cleanup, no flush. C libraries do this when they give up."
    )
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for every task that is not finished, "
        "and the pool can't be used any more."
    )
    why = (
        "Only the parent can notice. multiprocessing.pool replaces the dead worker but keeps no record of the task that it "
        "held, so nobody ends the wait for it. concurrent.futures watches the workers' sentinels; when one ends it gives up "
        "on all tasks, because the queues that the workers share may be damaged."
    )
    where = (
        "Lib/multiprocessing/pool.py: Pool._maintain_pool(); Lib/concurrent/futures/process.py: "
        "_ExecutorManagerThread.wait_result_broken_or_wakeup(), terminate_broken(). gh-66587."
    )
    instead = "ProcessPoolExecutor if losing the others' work is acceptable; safepool, which fails that one task, if it is not."
    references = ("gh-66587",)
    tags = ("exit", "quick")
    status = 1
    script = Script("os._exit(1)")

    def fire(self) -> None:
        os._exit(1)


SCENARIO = OsExit()
