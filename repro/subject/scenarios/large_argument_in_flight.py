"""A worker dies while large arguments are on their way."""

from __future__ import annotations

import os
from typing import Any

from .. import events
from ..heavy import heavy
from ..scenario import Scenario
from ..script import Script

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
    script: Script = Script(
        worker="""
            def worker(x):
                print(x[0], flush=True)
                if x[0] == 3:
                    os._exit(1)
                return x[0]
        """,
        items="[bytes([x]) * 2**23 for x in range(1, 9)]",
    )

    def argument(self, number: int) -> Any:
        return heavy(number, SIZE)

    def work(self, number: int) -> int:
        if number == self.faulty:
            events.emit("fault", task=number)
            os._exit(1)
        return number


SCENARIO = LargeArgumentInFlight()
