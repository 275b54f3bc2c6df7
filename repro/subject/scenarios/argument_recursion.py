"""Pickling the argument recurses too deep."""

from __future__ import annotations

from typing import Any

from .. import events
from ..scenario import Scenario
from ..script import Script


class Argument(int):
    """The argument of the faulty task: lists in lists, far more than any limit of recursion."""

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self))
        nested: Any = int(self)
        for _ in range(200_000):
            nested = [nested]
        return unload, (nested,)


def unload(nested: Any) -> int:
    while isinstance(nested, list):
        (nested,) = nested
    return int(nested)


class ArgumentRecursion(Scenario):
    name = "argument-recursion"
    title = "pickling the argument recurses too deep"
    dies = "Nothing."
    sees = "RecursionError, on that task."
    why = "The pickler is recursive. Both pools pickle in a thread of the parent, catch Exception, and hand it to the task."
    where = (
        "Modules/_pickle.c: save(), _Py_EnterRecursiveCall; Lib/multiprocessing/pool.py: Pool._handle_tasks(); "
        "Lib/multiprocessing/queues.py: Queue._feed()."
    )
    instead = "Send flat data."
    tags = ("pickle",)
    kills = False
    script = Script(
        prepare="""
            nested = 3
            for _ in range(200000):
                nested = [nested]
        """,
        items="[1, 2, nested]",
    )

    def argument(self, number: int) -> Any:
        return Argument(number) if number == self.faulty else number

    def work(self, number: int) -> int:
        return number


SCENARIO = ArgumentRecursion()
