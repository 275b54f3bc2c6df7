"""``sys.exit(1)`` in a task: the case that the project began with, inputs and all."""

from __future__ import annotations

import sys

from .. import events
from ..scenario import Scenario
from ..script import Script


class SysExit(Scenario):
    name = "sys-exit"
    title = "a task calls sys.exit(1)"
    dies = "The worker that runs the third of three tasks, in multiprocessing.Pool: SystemExit ends it with status 1."
    sees = (
        "multiprocessing.Pool: nothing, ever; map() does not return. concurrent.futures: the SystemExit itself, re-raised "
        "in the parent, which ends the parent with status 1 unless it is caught by name or as BaseException."
    )
    why = (
        "SystemExit is a BaseException, not an Exception. The worker loop of multiprocessing.pool catches Exception, so the "
        "worker leaves the loop and ends, and the task's result never comes. The worker handler starts another worker, "
        "which knows nothing of the task. The worker loop of concurrent.futures catches BaseException, and sends it to the "
        "parent as the task's exception."
    )
    where = (
        "Lib/multiprocessing/pool.py: worker(), Pool._maintain_pool(), MapResult; Lib/concurrent/futures/process.py: "
        "_process_worker(). gh-66587 (bpo-22393), open since 2014."
    )
    instead = (
        "Raise an ordinary exception in the task. With ProcessPoolExecutor, submit each input, and look at each future's "
        "exception(). Or use safepool, where SystemExit arrives as an error of that task."
    )
    references = ("gh-66587",)
    tags = ("exit", "quick")
    inputs = (1, 2, 3)
    status = 1
    kills = False
    script = Script("sys.exit(1)")

    def work(self, number: int) -> int:
        """As it was reported: no waiting, no work; only the fault, or the input."""
        if number == self.faulty:
            events.emit("fault", task=number)
            self.fire()
        return number

    def fire(self) -> None:
        sys.exit(1)


SCENARIO = SysExit()
