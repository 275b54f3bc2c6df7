"""One thread waits for results while another terminates the pool."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from .. import events
from ..rendezvous import await_started
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How long the tasks would take, in seconds: nobody is going to wait for that.
LONG = 60.0


def terminate(steps: Steps) -> None:
    events.emit("fault")
    steps.adapter.close(steps.pool)


class TerminateDuringGet(Scenario):
    name = "terminate-during-get"
    title = "another thread terminates the pool while results are waited for"
    dies = "Every worker, by the pool's own terminate()."
    sees = "multiprocessing.Pool: get() never returns."
    why = "terminate() ends the threads that would settle the results, and does not settle them."
    where = "Lib/multiprocessing/pool.py: Pool._terminate_pool(), ApplyResult. gh-126743."
    instead = "Wait with a timeout, or terminate from the thread that waits."
    references = ("gh-126743",)
    tags = ("shutdown",)
    inputs = (1, 2)
    faulty = None
    kills = False
    needs = ("terminate",)
    operation = "map"
    script = Script(
        worker="""
            def worker(x):
                time.sleep(3600)
        """,
        main="""
            pool = POOL(2)
            mapped = MAP(worker, [1, 2])
            threading.Timer(0.5, pool.terminate).start()
            print(LIST(mapped))
        """,
    )

    def work(self, number: int) -> int:
        time.sleep(LONG)
        return number

    def drive(self, steps: Steps) -> None:
        started = steps.start()
        await_started([1])
        threading.Thread(target=terminate, args=(steps,), daemon=True).start()
        steps.collect(started)


SCENARIO = TerminateDuringGet()
