"""``sys.exit(0)`` in a task of the executor's ``map``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class MapSysExit0(Scenario):
    name = "map-sys-exit-0"
    title = "a task of an executor's map calls sys.exit(0)"
    dies = "Nothing, in concurrent.futures: the worker lives on. What ends is the parent."
    sees = (
        "concurrent.futures: the SystemExit comes out of the iterator, with the results after it out of reach: the program "
        "ends in the middle of its loop, silently, with status 0."
    )
    why = (
        "The worker loop catches BaseException and sends it to the parent as the task's result; next() raises it there. "
        "The interpreter prints nothing for SystemExit(0). A generator that has raised is over."
    )
    where = "Lib/concurrent/futures/process.py: _process_worker(); Lib/concurrent/futures/_base.py: Executor.map()."
    instead = "submit(), and look at each future's exception(). Never sys.exit() in a function that a pool may run."
    references = ("gh-66587",)
    tags = ("exit", "parent")
    status = 0
    kills = False
    needs = ("futures",)
    script = Script(
        fault="sys.exit(0)",
        main="""
            with POOL(3) as pool:
                for result in pool.map(worker, [1, 2, 3, 4]):
                    print("result", result, flush=True)
            print("the end")
        """,
    )

    def fire(self) -> None:
        sys.exit(0)

    def drive(self, steps: Steps) -> None:
        there = steps.adapter.operations
        steps.call(next((name for name in ("executor_map", "map") if name in there), there[0]))
        steps.use_again()
        steps.close()


SCENARIO = MapSysExit0()
