"""A task that takes longer than its time limit fails."""

from __future__ import annotations

import time

from ..scenario import Scenario


class TimeLimit(Scenario):
    name = "time-limit"
    title = "a task takes longer than its time limit"
    tags = ("control",)
    faulty = None
    kills = False
    fires = False
    needs = ("time_limit",)
    time_limit = 0.5

    def work(self, number: int) -> int:
        if number == 3:
            time.sleep(3600)  # longer than any watchdog waits
        return number


SCENARIO = TimeLimit()
