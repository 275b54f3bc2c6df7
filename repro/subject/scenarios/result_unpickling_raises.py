"""The result of a task can't be unpickled in the parent."""

from __future__ import annotations

import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario
from ..script import Script


class Result(int):
    """The result of the faulty task."""

    def __reduce__(self) -> Any:
        return explode, (int(self),)


def explode(number: int) -> int:
    """Called by pickle in the parent."""
    events.emit("fault", task=number)
    raise ValueError("this result can't be made again")


class ResultUnpicklingRaises(Scenario):
    name = "result-unpickling-raises"
    title = "unpickling the result raises in the parent"
    dies = "The thread of the parent that receives results."
    sees = (
        "multiprocessing.Pool: nothing, ever, and no later call returns either. concurrent.futures: "
        "BrokenProcessPool for everything."
    )
    why = (
        "The result handler of multiprocessing.pool catches only OSError and EOFError around the receiving; "
        "anything else ends it, and with it all results to come."
    )
    where = (
        "Lib/multiprocessing/pool.py: Pool._handle_results(); Lib/concurrent/futures/process.py: "
        "wait_result_broken_or_wakeup()."
    )
    instead = "Return plain data."
    tags = ("pickle",)
    kills = False
    script = Script(
        above="""
            class Result:
                def __reduce__(self):
                    return int, ("no number",)  # what the parent calls to make it again
        """,
        worker="""
            def worker(x):
                print(x, flush=True)
                if x == 3:
                    return Result()
                time.sleep(0.5)  # the result comes when nobody reads it any more
                return x
        """,
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            return Result(number)
        time.sleep(WORK)
        return number


SCENARIO = ResultUnpicklingRaises()
