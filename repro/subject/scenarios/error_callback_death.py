"""A worker dies, and the caller waits for its callbacks."""

from __future__ import annotations

import os
import queue
from typing import TYPE_CHECKING, Any

from .. import events
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: What the callbacks got.
_called: queue.Queue[Any] = queue.Queue()


class ErrorCallbackDeath(Scenario):
    name = "error-callback-death"
    title = "a task calls os._exit(1), and the caller waits for its callbacks"
    dies = "The worker with the third task, with status 1. The program counts callbacks, and asks for results when all have come."
    sees = (
        "multiprocessing.Pool: neither callback nor error_callback is ever called for that task. concurrent.futures: every "
        "done-callback is called, with BrokenProcessPool."
    )
    why = "Callbacks are called by whoever settles a task, and nobody settles the one of a dead worker."
    where = "Lib/multiprocessing/pool.py: ApplyResult._set()."
    instead = "A pool that settles every task."
    references = ("gh-66587",)
    tags = ("exit",)
    status = 1
    needs = ("callback",)
    operation = "apply_async"
    script = Script(
        fault="""
            time.sleep(0.5)
            os._exit(1)
        """,
        main="""
            answers = queue.Queue()
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3], answers.put)
                for _ in started:
                    print("called back with", answers.get(), flush=True)
                print(ASK(started))
        """,
    )

    def fire(self) -> None:
        os._exit(1)

    def callback(self, result: Any) -> None:
        _called.put(result)

    def drive(self, steps: Steps) -> None:
        started = steps.start(callbacks=True)
        events.emit("phase", phase="call")
        for _ in self.inputs:
            _called.get()
        steps.collect_each(started)
        steps.use_again()
        steps.close()


SCENARIO = ErrorCallbackDeath()
