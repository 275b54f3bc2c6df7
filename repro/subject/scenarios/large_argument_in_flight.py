"""A worker dies while large arguments are on their way."""

from __future__ import annotations

import os
from typing import Any

from .. import events
from ..heavy import heavy
from ..scenario import Scenario

#: The size of every argument, in bytes: far more than a pipe holds.
SIZE = 8 << 20


class LargeArgumentInFlight(Scenario):
    name = "large-argument-in-flight"
    title = "a worker dies while large arguments are on their way"
    dies = "The worker with the third task, with status 1, while the parent writes the next argument of 8 MB."
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything; from 3.9 on, before the "
        "fix, shutdown then hangs."
    )
    why = (
        "The thread that feeds the queue blocks in write(): the other workers were terminated, but the parent holds the "
        "reading end itself, so that the pipe never breaks. shutdown joins that thread."
    )
    where = "Lib/concurrent/futures/process.py: terminate_broken(). gh-94777, fixed in 3.11.5 and 3.12."
    instead = "Small arguments; a newer Python."
    references = ("gh-94777", "gh-66587")
    tags = ("exit", "pickle")
    status = 1

    def argument(self, number: int) -> Any:
        return heavy(number, SIZE)

    def work(self, number: int) -> int:
        if number == self.faulty:
            events.emit("fault", task=number)
            os._exit(1)
        return number


SCENARIO = LargeArgumentInFlight()
