"""Workers are replaced after one task each, with more tasks waiting."""

from __future__ import annotations

from typing import Any

from ..scenario import Scenario
from ..script import Script


class MaxTasks(Scenario):
    name = "max-tasks"
    title = "workers are replaced after every second task"
    dies = "Every worker, in good order, after two tasks."
    sees = (
        "concurrent.futures from 3.11 on, before the fix: the call never returns (measured: 3.11.7, 3.12.1 and 3.13.0). "
        "multiprocessing.Pool: every result."
    )
    why = (
        "When a worker has reached its limit, the manager thread starts another only if no worker is idle. It asks a semaphore, "
        "which counts the tasks that ended, not the workers that wait: its tokens are of workers that are gone. With a limit "
        "of one task there are none, and all is well."
    )
    where = (
        "Lib/concurrent/futures/process.py: ProcessPoolExecutor._adjust_process_count(), _ExecutorManagerThread.run(). "
        "gh-115634, fixed in 3.14.7 and 3.15.0b4, and then in 3.13, too (measured: not in 3.13.0, in 3.13.18)."
    )
    instead = "A newer Python, or no limit."
    references = ("gh-115634",)
    tags = ("startup",)
    faulty = None
    fires = False
    kills = False
    workers = 2
    needs = ("tasks_per_worker",)
    script = Script(items="range(1, 9)", options="tasks_per_worker=2", last="[[]1, 2, 3, 4, 5, 6, 7, 8]")

    def options(self) -> dict[str, Any]:
        return {"tasks_per_worker": 2}

    def work(self, number: int) -> int:
        return number


SCENARIO = MaxTasks()
