"""Workers have a limit of tasks, and the program forgets the pool."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from ..scenario import Scenario, handles
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class MaxTasksCollected(Scenario):
    name = "max-tasks-collected"
    title = "the pool is garbage while workers are replaced"
    dies = "Every worker, in good order, after each task. The program keeps the futures, and drops the pool."
    sees = "concurrent.futures from 3.11 on: the remaining results never come; the interpreter's exit hangs."
    why = "The manager thread has a weak reference to the executor, and asks it for replacements; it is not there any more."
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread. gh-152967, fixed in 3.14.7 and 3.15.0b4."
    instead = "with."
    references = ("gh-152967", "gh-119592")
    tags = ("shutdown",)
    faulty = None
    fires = False
    kills = False
    workers = 1
    needs = ("tasks_per_worker", "futures")
    script = Script(
        main="""
            pool = POOL(1, tasks_per_worker=1)
            started = START(worker, [1, 2, 3])
            del pool
            gc.collect()
            print(ASK(started))
        """,
        options="tasks_per_worker=1",
    )

    def options(self) -> dict[str, Any]:
        return {"tasks_per_worker": 1}

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        started = list(handles(steps.start()))
        steps.pool = None
        gc.collect()
        steps.collect_each(started)


SCENARIO = MaxTasksCollected()
