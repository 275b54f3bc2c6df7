"""A worker dies, and the pool is closed and joined afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..procfs import alive
from ..rendezvous import await_started, await_true, worker_of
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class DeathThenClose(Scenario):
    name = "death-then-close"
    title = "a worker dies, then the pool is closed and joined"
    dies = "The worker with the third task, with status 1; the parent calls close(); join() or shutdown(wait=True) after that."
    sees = "multiprocessing.Pool: join() never returns. concurrent.futures: shutdown returns; BrokenProcessPool for everything."
    why = (
        "close() means: when all tasks are done. The dead worker's task is never done, so the worker handler never ends, and "
        "join() waits for it."
    )
    where = "Lib/multiprocessing/pool.py: Pool._handle_workers(), Pool.join()."
    instead = "terminate() in place of close(), which loses the other tasks; or a pool that settles every task."
    references = ("gh-66587",)
    tags = ("shutdown", "exit")
    status = 1
    needs = ("callback",)
    script = Script(
        fault="os._exit(1)",
        main="""
            pool = POOL(3)
            started = START(worker, [1, 2, 3])
            time.sleep(1)  # the third task is dead then
            FINISH()
            print(ASK(started))
        """,
    )

    def fire(self) -> None:
        os._exit(1)

    def drive(self, steps: Steps) -> None:
        started = steps.start()
        await_started([3])
        await_true(lambda: not alive(worker_of(3)), 5.0)
        steps.finish()
        steps.collect(started)


SCENARIO = DeathThenClose()
