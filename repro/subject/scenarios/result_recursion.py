"""The result is nested too deep for the pickler."""

from __future__ import annotations

import time
from typing import Any

from .. import events
from ..scenario import WORK, Scenario


def nested(number: int) -> Any:
    events.emit("fault", task=number)
    result: Any = number
    for _ in range(200_000):
        result = [result]
    return result


class ResultRecursion(Scenario):
    name = "result-recursion"
    title = "pickling the result recurses too deep"
    dies = "Nothing."
    sees = "RecursionError on that task, wrapped by multiprocessing.Pool in a MaybeEncodingError."
    why = "The pickler is recursive. In some versions and builds its C stack gives out before Python's limit does."
    where = "Modules/_pickle.c: save(), _Py_EnterRecursiveCall."
    instead = "Return flat data."
    tags = ("pickle",)
    kills = False

    def work(self, number: int) -> int:
        if number == self.faulty:
            self.await_neighbours()
            return nested(number)  # type: ignore[no-any-return]
        time.sleep(WORK)
        return number


SCENARIO = ResultRecursion()
