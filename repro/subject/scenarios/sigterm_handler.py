"""Workers inherit a handler of SIGTERM by fork, and the pool is terminated."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from .. import events
from ..scenario import Scenario, armed_file, await_armed, mark

if TYPE_CHECKING:
    from types import FrameType

    from ..program import Steps

#: How long the tasks would take, in seconds: nobody is going to wait for that.
LONG = 60.0


def note(_signal: int, _frame: FrameType | None) -> None:
    """The handler of a program that wants to end in good order: it notes the wish, and the main loop will see it."""


class SigtermHandler(Scenario):
    name = "sigterm-handler"
    title = "workers inherit the parent's handler of SIGTERM"
    dies = "Nothing: terminate() sends SIGTERM, and the handler, which was made for the parent, notes it in the worker."
    sees = "multiprocessing.Pool with fork: terminate() and join() block until the task ends by itself."
    why = "fork copies the dispositions of signals; terminate() sends SIGTERM, never SIGKILL, and then waits without limit."
    where = "Lib/multiprocessing/pool.py: Pool._terminate_pool(). gh-73945."
    instead = "Set the handler after the pool was made, or reset it in an initializer; a stop that escalates."
    references = ("gh-73945",)
    tags = ("shutdown", "signal")
    inputs = (1, 2)
    faulty = None
    kills = False
    collects = False
    needs = ("terminate",)
    operation = "map"
    start_methods = ("fork",)

    def before_open(self) -> None:
        signal.signal(signal.SIGTERM, note)

    def work(self, number: int) -> int:
        events.emit("fault", inherited=signal.getsignal(signal.SIGTERM) is note)
        mark(armed_file(number))
        time.sleep(LONG)
        return number

    def drive(self, steps: Steps) -> None:
        steps.start()
        await_armed(self.inputs)
        steps.close()


SCENARIO = SigtermHandler()
