"""A callback raises in the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import cell, events
from ..rendezvous import await_files, say
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class CallbackRaises(Scenario):
    name = "callback-raises"
    title = "a callback raises"
    dies = "The thread of the parent that calls it, in multiprocessing.Pool."
    sees = "multiprocessing.Pool: nothing, ever, and no later call returns. concurrent.futures logs it and goes on."
    why = "The result handler calls the callback with nothing around it; its end is the end of all results."
    where = "Lib/multiprocessing/pool.py: ApplyResult._set(). gh-83371, fixed for 3.16."
    instead = "Catch everything in callbacks."
    references = ("gh-83371",)
    tags = ("parent",)
    faulty = None
    kills = False
    needs = ("callback",)
    operation = "apply_async"
    script = Script(
        worker="""
            def worker(x):
                time.sleep(0.5)
                return x
        """,
        above="""
            def callback(result):
                raise ValueError("a callback failed")
        """,
        main="""
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3], callback)
                print(ASK(started))
        """,
    )

    def work(self, number: int) -> int:
        # a future that is done already calls its callback at once, in the thread that attaches it
        await_files([cell.current().path("attached")], 5.0)
        return number

    def callback(self, result: Any) -> None:
        events.emit("fault")
        raise ValueError("a callback of the user's failed")

    def drive(self, steps: Steps) -> None:
        started = steps.start(callbacks=True)
        say("attached")
        steps.collect(started)
        steps.use_again()
        steps.close()


SCENARIO = CallbackRaises()
