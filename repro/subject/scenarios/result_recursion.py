"""The result is nested too deep for the pickler."""

from __future__ import annotations

import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario
from ..script import Script


def nested(number: int) -> Any:
    events.emit("fault", task=number)
    result: Any = number
    for _ in range(200_000):
        result = [result]
    return result


class ResultRecursion(Scenario):
    name = "result-recursion"
    title = "pickling the result recurses too deep"
    dies = "The worker, in multiprocessing.Pool, with status 1."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: RecursionError, on that task."
    why = (
        "The pickler recurses, and says so. multiprocessing.pool makes a MaybeEncodingError of that, which wants the repr of "
        "the result: repr recurses as well, and what it raises nobody catches."
    )
    where = "Lib/multiprocessing/pool.py: worker(), MaybeEncodingError.__init__(). No issue was found for it."
    instead = "Return flat data."
    tags = ("pickle",)
    kills = False
    script = Script(
        """
            nested = 3
            for _ in range(200000):
                nested = [nested]
            return nested
        """
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            return nested(number)  # type: ignore[no-any-return]
        time.sleep(WORK)
        return number


SCENARIO = ResultRecursion()
