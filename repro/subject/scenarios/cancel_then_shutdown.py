"""A future is cancelled, and the pool is shut down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import events
from ..scenario import Scenario

if TYPE_CHECKING:
    from ..program import Steps


class CancelThenShutdown(Scenario):
    name = "cancel-then-shutdown"
    title = "submit, cancel, shutdown"
    dies = "Nothing."
    sees = "concurrent.futures 3.7 to 3.9: shutdown never returns."
    why = (
        "The work item of a cancelled future was dropped without the manager thread being told that nothing is "
        "left to wait for."
    )
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread. gh-94440, fixed in 3.10."
    instead = "A newer Python."
    references = ("gh-94440",)
    tags = ("shutdown",)
    faulty = None
    kills = False
    collects = False
    needs = ("futures",)

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        futures = steps.start()
        events.emit("fault")
        for future in futures[1] if isinstance(futures, tuple) else futures:
            future.cancel()
        steps.finish()


SCENARIO = CancelThenShutdown()
