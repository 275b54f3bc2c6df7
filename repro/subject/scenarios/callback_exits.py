"""A callback raises ``SystemExit`` in the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import cell, events
from ..rendezvous import await_files, say
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class CallbackExits(Scenario):
    name = "callback-exits"
    title = "a callback raises SystemExit"
    dies = "The thread of the parent that calls it, silently."
    sees = (
        "Nothing, ever, with both standard pools: concurrent.futures from the next result on; multiprocessing.Pool not even the "
        "result whose callback it was, and one of its threads computes for ever."
    )
    why = (
        "concurrent.futures logs an Exception of a callback, and lets a BaseException through: it ends the thread "
        "that everybody waits for. multiprocessing.pool calls its callback, with nothing around it, before it sets the result; "
        "then its worker handler spins, awakened by results that nobody reads."
    )
    where = (
        "Lib/concurrent/futures/_base.py: Future._invoke_callbacks(); Lib/multiprocessing/pool.py: "
        "MapResult._set(). gh-83371, fixed for 3.16; no issue was found for the executor."
    )
    instead = "Catch everything in callbacks."
    references = ("gh-83371",)
    tags = ("parent",)
    faulty = None
    kills = False
    needs = ("callback",)
    script = Script(
        worker="""
            def worker(x):
                time.sleep(0.5)
                return x
        """,
        above="""
            def callback(result):
                sys.exit(1)
        """,
        main="""
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3], callback)
                print(ASK(started), flush=True)
                print(CALL(worker, [1, 2]))
        """,
        last="[[]1, 2]",
    )

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
