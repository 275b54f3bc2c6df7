"""A task takes longer than its limit."""

from __future__ import annotations

import time

from ..scenario import Scenario
from ..script import Script

#: How long the task would take, in seconds: nobody is going to wait for that.
LONG = 60.0


class TimeLimitSleeping(Scenario):
    name = "time-limit-sleeping"
    title = "a task sleeps past its time limit of 2 s"
    dies = "The worker with the third task, by the hand of the pool, when the task has had its two seconds."
    sees = "The standard pools have no limit for a task. Where there is one: an error on that task, after two seconds."
    why = "A limit is the only defence against a task that waits for ever."
    where = "-"
    instead = "safepool's timeout."
    tags = ("signal",)
    kills = False
    needs = ("time_limit",)
    time_limit = 2.0
    script = Script("time.sleep(3600)")

    def fire(self) -> None:
        time.sleep(LONG)


SCENARIO = TimeLimitSleeping()
