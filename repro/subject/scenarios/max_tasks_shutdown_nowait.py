"""Workers have a limit of tasks, and the pool is shut down without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..scenario import Scenario, require_shutdown
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class MaxTasksShutdownNowait(Scenario):
    name = "max-tasks-shutdown-nowait"
    title = "shutdown(wait=False) while workers are replaced"
    dies = "Every worker, in good order, after each task. The parent has let go of the pool with tasks outstanding."
    sees = "concurrent.futures from 3.11 on: the remaining results never come; the interpreter's exit hangs."
    why = "Replacements are started through the executor object, and shutdown(wait=False) has cleared what that needs."
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor.shutdown(), _ExecutorManagerThread. gh-119592, fixed in "
        "3.14.7 and 3.15.0b4."
    )
    instead = "shutdown(wait=True), or no limit."
    references = ("gh-119592",)
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
            pool.shutdown(wait=False)
            print(ASK(started))
        """,
        options="tasks_per_worker=1",
    )

    def options(self) -> dict[str, Any]:
        return {"tasks_per_worker": 1}

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        require_shutdown(steps.pool, "wait")
        started = steps.start()
        steps.pool.shutdown(wait=False)
        steps.collect_each(started)
        steps.close()


SCENARIO = MaxTasksShutdownNowait()
