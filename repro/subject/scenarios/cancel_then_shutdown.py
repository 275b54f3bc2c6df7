"""Submit, cancel, shut down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import events
from ..scenario import Scenario, handles
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How many pools, one after another.
ATTEMPTS = 5


def nothing(number: int) -> int:
    return number


def ignore(error: BaseException) -> None:
    """No error is of interest here."""


class CancelThenShutdown(Scenario):
    name = "cancel-then-shutdown"
    title = "submit, cancel, shutdown"
    dies = "Nothing. A pool with one worker, which has just worked."
    sees = "concurrent.futures up to 3.9 (and 3.10 and 3.11 before the fix): shutdown never returns."
    why = (
        "The manager thread asks whether anything is left to wait for before it drops the cancelled task, and then waits: "
        "nothing is left that could wake it, for the wake-up that shutdown sent has been read together with the one before."
    )
    where = (
        "Lib/concurrent/futures/process.py: _ExecutorManagerThread.run(), _queue_management_worker() in 3.8. gh-94440, fixed in "
        "3.10.11, 3.11.3 and 3.12."
    )
    instead = "A newer Python."
    references = ("gh-94440",)
    tags = ("shutdown",)
    inputs = (1,)
    faulty = None
    kills = False
    collects = False
    workers = 1
    needs = ("futures",)
    script = Script(
        main="""
            for attempt in range(5):
                pool = POOL(1)
                pool.submit(worker, 1).result()
                pool.submit(worker, 2).cancel()
                pool.shutdown()
            print("the end")
        """,
        well="It ends.",
        last="the end",
    )

    def drive(self, steps: Steps) -> None:
        events.emit("fault")
        for attempt in range(ATTEMPTS):
            if attempt:
                steps.open()
            # Nothing between the four, no event either: the manager thread is still busy with the first task when the second
            # comes and goes; a moment later it would look, and the hang does not come. A busy machine takes such a moment.
            start, pool = steps.adapter.start, steps.pool
            events.emit("phase", phase="finish", round=attempt)
            handles(start(pool, nothing, self.inputs, ignore))[0].result()
            handles(start(pool, nothing, self.inputs, ignore))[0].cancel()
            steps.adapter.finish(pool)


SCENARIO = CancelThenShutdown()
