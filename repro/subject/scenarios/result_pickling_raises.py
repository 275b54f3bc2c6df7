"""The result of a task can't be pickled."""

from __future__ import annotations

import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario
from ..script import Script


class Result(int):
    """The result of the faulty task."""

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self))
        raise TypeError("this result can't be pickled")


class ResultPicklingRaises(Scenario):
    name = "result-pickling-raises"
    title = "the result can't be pickled"
    dies = "Nothing."
    sees = (
        "The error, on that task: MaybeEncodingError from multiprocessing.Pool; from concurrent.futures the "
        "pickler's own."
    )
    why = "Both workers catch what the pickler raises, and send that instead."
    where = "Lib/multiprocessing/pool.py: worker(); Lib/concurrent/futures/process.py: _sendback_result()."
    instead = "-"
    tags = ("pickle",)
    kills = False
    script = Script("return threading.Lock()")

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            return Result(number)
        time.sleep(WORK)
        return number


SCENARIO = ResultPicklingRaises()
