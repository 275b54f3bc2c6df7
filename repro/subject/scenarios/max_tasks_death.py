"""A worker dies in a pool that replaces its workers anyway."""

from __future__ import annotations

import os
from typing import Any

from ..scenario import Scenario
from ..script import Script


class MaxTasksDeath(Scenario):
    name = "max-tasks-death"
    title = "a worker dies where workers are replaced after every task"
    dies = "The worker with the third task, with status 1; the others end in good order after each task."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = "A worker that ended because of its limit and one that died look the same to multiprocessing.pool."
    where = "Lib/multiprocessing/pool.py: Pool._join_exited_workers()."
    instead = "A pool that knows what each worker holds."
    references = ("gh-66587",)
    tags = ("exit", "startup")
    status = 1
    needs = ("tasks_per_worker",)
    script = Script(fault="os._exit(1)", options="tasks_per_worker=1")

    def options(self) -> dict[str, Any]:
        return {"tasks_per_worker": 1}

    def fire(self) -> None:
        os._exit(1)


SCENARIO = MaxTasksDeath()
