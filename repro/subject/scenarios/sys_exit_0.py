"""``sys.exit(0)`` in a task: the status that means success."""

from __future__ import annotations

import sys

from ..scenario import Scenario
from ..script import Script


class SysExit0(Scenario):
    name = "sys-exit-0"
    title = "a task calls sys.exit(0)"
    dies = "The worker, in multiprocessing.Pool; with status 0, as if all were well."
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: the SystemExit, re-raised in the parent: a program that "
        "does not expect it ends in the middle, silently, with status 0, and whoever started it believes that it was done."
    )
    why = (
        "As with sys.exit(1): multiprocessing.pool lets it end the worker, concurrent.futures carries it to the parent. "
        "The interpreter prints nothing for SystemExit(0)."
    )
    where = (
        "Lib/multiprocessing/pool.py: worker(); Lib/concurrent/futures/process.py: _process_worker(); "
        "Python/pythonrun.c: handle_system_exit()."
    )
    instead = (
        "Return from the task, or raise an ordinary exception. Never sys.exit() in a function that a pool may run."
    )
    references = ("gh-66587",)
    tags = ("exit", "quick")
    status = 0
    kills = False
    script = Script("sys.exit(0)")

    def fire(self) -> None:
        sys.exit(0)


SCENARIO = SysExit0()
