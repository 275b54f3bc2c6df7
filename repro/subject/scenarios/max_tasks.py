"""Workers are replaced after one task each, with more tasks waiting."""

from __future__ import annotations

from typing import Any

from ..scenario import Scenario


class MaxTasks(Scenario):
    name = "max-tasks"
    title = "workers are replaced after every task"
    dies = "Every worker, in good order, after each task."
    sees = "concurrent.futures 3.11 to 3.13.0: the call never returns. multiprocessing.Pool: every result."
    why = (
        "A worker that reaches its limit is replaced only when a task is submitted; a backlog waits for workers "
        "that nobody starts."
    )
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread. gh-115634."
    instead = "A newer Python, or no limit."
    references = ("gh-115634",)
    tags = ("startup",)
    faulty = None
    fires = False
    kills = False
    needs = ("tasks_per_worker",)

    def options(self) -> dict[str, Any]:
        return {"tasks_per_worker": 1}

    def work(self, number: int) -> int:
        return number


SCENARIO = MaxTasks()
