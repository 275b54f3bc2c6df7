"""A task that holds the GIL takes longer than its limit."""

from __future__ import annotations

from ..scenario import Scenario
from ..script import Script


class TimeLimitGil(Scenario):
    name = "time-limit-gil"
    title = "a task holds the GIL past its time limit of 2 s"
    dies = "The worker with the third task, by the hand of the pool, when the task has had its two seconds."
    sees = "The standard pools have no limit for a task. Where it is kept by a thread or a handler in the worker: nothing, ever."
    why = (
        "A loop in C gives no other thread of its process the GIL, and Python runs signal handlers between two bytecodes: "
        "what has to run in the worker to end it, never runs. The limit has to be kept by the parent, with SIGKILL."
    )
    where = "Python/ceval_gil.c; Doc/library/signal.rst: Execution of Python signal handlers."
    instead = "safepool's timeout."
    tags = ("signal",)
    kills = False
    needs = ("time_limit",)
    time_limit = 2.0
    script = Script("sum(range(10**11))  # a loop in C, for minutes")

    def fire(self) -> None:
        sum(range(10**11))  # a loop in C, for minutes


SCENARIO = TimeLimitGil()
