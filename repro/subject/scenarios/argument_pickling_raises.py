"""The argument of a task can't be pickled."""

from __future__ import annotations

from typing import Any

from .. import events
from ..scenario import Scenario
from ..script import Script


class Argument(int):
    """The argument of the faulty task."""

    def __reduce__(self) -> Any:
        events.emit("fault", task=int(self))
        raise TypeError("this argument can't be pickled")


class ArgumentPicklingRaises(Scenario):
    name = "argument-pickling-raises"
    title = "the argument can't be pickled"
    dies = "Nothing."
    sees = "The error, on that task."
    why = "Both pools pickle in a thread of the parent, catch Exception, and hand it to the task."
    where = (
        "Lib/multiprocessing/pool.py: Pool._handle_tasks(); Lib/concurrent/futures/process.py: "
        "_SafeQueue._on_queue_feeder_error()."
    )
    instead = "-"
    tags = ("pickle",)
    kills = False
    script = Script(items="[1, 2, threading.Lock()]")

    def argument(self, number: int) -> Any:
        return Argument(number) if number == self.faulty else number


SCENARIO = ArgumentPicklingRaises()
