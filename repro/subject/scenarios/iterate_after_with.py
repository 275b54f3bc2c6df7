"""The results of ``imap`` are taken after the ``with`` block."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import cell, events
from ..rendezvous import await_files, await_started, say
from ..scenario import WORK, Scenario, one_by_one
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class IterateAfterWith(Scenario):
    name = "iterate-after-with"
    title = "the results of imap are taken after the with block"
    dies = "Every worker, by the pool's own terminate(), which is what leaving the with block does."
    sees = (
        "multiprocessing.Pool: the results that had come, and then nothing, ever. concurrent.futures, whose with block waits for "
        "its tasks: every result."
    )
    why = "terminate() ends the threads that would settle the results, and does not settle them; the iterator waits on."
    where = "Lib/multiprocessing/pool.py: Pool.__exit__(), Pool._terminate_pool(), IMapIterator.next(). gh-126743, gh-79559."
    instead = "Take all results inside the block: list(pool.imap(...))."
    references = ("gh-126743", "gh-79559")
    tags = ("shutdown",)
    faulty = None
    kills = False
    operation = "imap"
    script = Script(
        worker="""
            def worker(x):
                time.sleep(2)
                return x
        """,
        main="""
            with POOL(3) as pool:
                results = EACH(worker, [1, 2, 3])
                time.sleep(0.5)
            print("the with block was left", flush=True)
            print(list(results))
        """,
    )

    def work(self, number: int) -> int:
        await_files([cell.current().path("leaving")], 10.0)
        time.sleep(WORK)
        return number

    def drive(self, steps: Steps) -> None:
        events.emit("phase", phase="start")
        results = one_by_one(steps.pool, steps.operation, self.function(), self.inputs, self.inputs)
        await_started(self.inputs[:1])
        events.emit("fault")
        say("leaving")
        steps.close()
        events.emit("phase", phase="call")
        steps.attempt(lambda: results)


SCENARIO = IterateAfterWith()
