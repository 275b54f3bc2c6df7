"""Every worker runs one task, and is replaced."""

from __future__ import annotations

from typing import Any

from ..scenario import Scenario


class TasksPerWorker(Scenario):
    name = "tasks-per-worker"
    title = "a worker for each task"
    tags = ("control",)
    faulty = None
    kills = False
    fires = False
    needs = ("tasks_per_worker",)

    def options(self) -> dict[str, Any]:
        return {"tasks_per_worker": 1}

    def work(self, number: int) -> int:
        return number


SCENARIO = TasksPerWorker()
