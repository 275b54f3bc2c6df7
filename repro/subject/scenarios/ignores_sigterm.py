"""A worker does not end when it is told to."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from .. import events
from ..rendezvous import armed_file, await_armed, mark
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How long the tasks would take, in seconds: nobody is going to wait for that.
LONG = 60.0


class IgnoresSigterm(Scenario):
    """Another derives from it: its workers are deaf in another way."""

    name = "ignores-sigterm"
    title = "a busy worker ignores SIGTERM while the pool is terminated"
    dies = "Nothing: the worker ignores SIGTERM, or has a handler that it inherited by fork."
    sees = "multiprocessing.Pool: terminate() and join() block until the task ends by itself."
    why = "terminate() sends SIGTERM and then waits without limit."
    where = "Lib/multiprocessing/pool.py: Pool._terminate_pool(). gh-73945."
    instead = "A stop that escalates: SIGTERM, then SIGKILL."
    references = ("gh-73945",)
    tags = ("shutdown", "signal")
    inputs = (1, 2)
    faulty = None
    kills = False
    collects = False
    needs = ("terminate",)
    operation = "map"
    script = Script(
        worker="""
            def worker(x):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(3600)
        """,
        main="""
            with POOL(2) as pool:
                started = START(worker, [1, 2])
                time.sleep(0.5)
            print("the with block was left")
        """,
        well="It goes on after the with block.",
        last="the with block was left",
    )

    def deafen(self) -> None:
        """Runs in the worker, in its task."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def work(self, number: int) -> int:
        self.deafen()
        events.emit("fault")
        mark(armed_file(number))
        time.sleep(LONG)
        return number

    def drive(self, steps: Steps) -> None:
        steps.start()
        await_armed(self.inputs)
        steps.close()


SCENARIO = IgnoresSigterm()
