"""Pickling the result ends the worker."""

from __future__ import annotations

import os
import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario
from ..script import Script


class Result(int):
    """The result of the faulty task."""

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self))
        os._exit(1)


class ResultPicklingExits(Scenario):
    name = "result-pickling-exits"
    title = "pickling the result ends the worker"
    dies = "The worker, with status 1, when its work is done and not yet sent."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = "The worker is replaced, and its task forgotten: nothing records which worker held which task."
    where = "Lib/multiprocessing/pool.py: worker(), 'put((job, i, result))'."
    instead = "A pool that knows what each worker holds."
    references = ("gh-66587",)
    tags = ("pickle",)
    status = 1
    script = Script(
        above="""
            class Result:
                def __reduce__(self):
                    os._exit(1)
        """,
        fault="return Result()",
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            return Result(number)
        time.sleep(WORK)
        return number


SCENARIO = ResultPicklingExits()
