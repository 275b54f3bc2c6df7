"""A callback raises ``SystemExit`` in the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import cell, events
from ..scenario import Scenario, await_files, say

if TYPE_CHECKING:
    from ..program import Steps


class CallbackExits(Scenario):
    name = "callback-exits"
    title = "a callback raises SystemExit"
    dies = "The thread of the parent that calls it, silently."
    sees = "Nothing, ever, from the next result on, with both standard pools."
    why = (
        "concurrent.futures logs an Exception of a callback, and lets a BaseException through: it ends the thread "
        "that everybody waits for."
    )
    where = (
        "Lib/concurrent/futures/_base.py: Future._invoke_callbacks(); Lib/multiprocessing/pool.py: "
        "ApplyResult._set(). No issue was found for the executor."
    )
    instead = "Catch everything in callbacks."
    tags = ("parent",)
    faulty = None
    kills = False
    needs = ("callback",)

    def work(self, number: int) -> int:
        # a future that is done already calls its callback at once, in the thread that attaches it
        await_files([cell.current().path("attached")], 5.0)
        return number

    def callback(self, result: Any) -> None:
        events.emit("fault")
        raise SystemExit(1)

    def drive(self, steps: Steps) -> None:
        started = steps.start(callbacks=True)
        say("attached")
        steps.collect(started)
        steps.use_again()
        steps.close()


SCENARIO = CallbackExits()
