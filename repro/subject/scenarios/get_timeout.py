"""A worker dies, and the caller waits with a timeout."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


#: How long the caller waits for each result, in seconds: longer than all tasks take together.
PATIENCE = 1.5


class GetTimeout(Scenario):
    name = "get-timeout"
    title = "a task calls os._exit(1), and the caller waits with a timeout"
    dies = "The worker with the third task, with status 1. The caller asks for each result with get(timeout=), result(timeout=)."
    sees = (
        "multiprocessing.Pool: TimeoutError for that task, every other result, and a pool that works: the one defence that it "
        "has. concurrent.futures: BrokenProcessPool for everything, long before the timeout."
    )
    why = (
        "The timeout ends the wait, not the cause: it says nothing of the worker, and can't tell a dead one from a slow one. "
        "Its length has to be guessed."
    )
    where = "Lib/multiprocessing/pool.py: ApplyResult.get()."
    instead = "A pool that says what happened when it happens."
    references = ("gh-66587",)
    tags = ("exit",)
    status = 1
    needs = ("callback",)
    operation = "apply_async"
    script = Script(
        fault="os._exit(1)",
        main="""
            with POOL(3) as pool:
                started = START(worker, [1, 2, 3])
                print(ASK(started, 1))
        """,
    )

    def fire(self) -> None:
        os._exit(1)

    def drive(self, steps: Steps) -> None:
        steps.collect_each(steps.start(), PATIENCE)
        steps.use_again()
        steps.close()


SCENARIO = GetTimeout()
