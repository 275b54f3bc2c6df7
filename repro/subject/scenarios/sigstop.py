"""A busy worker is stopped, and nobody continues it."""

from __future__ import annotations

import os
import signal

from ..scenario import Scenario
from ..script import Script


class Sigstop(Scenario):
    name = "sigstop"
    title = "a busy worker gets SIGSTOP"
    dies = "Nothing: the worker is stopped in the middle of its task (a debugger, a terminal, a frozen cgroup)."
    sees = (
        "Nothing, ever, in every pool without a timeout for tasks: a stopped worker is not to be told from a slow one."
    )
    why = "The process is there, its pipes are open, and it never answers."
    where = "signal(7): SIGSTOP. Only a limit on the task's time can end the wait."
    instead = (
        "A timeout for tasks that ends the worker by SIGKILL, which a stopped process can't put off: safepool's "
        "timeout."
    )
    tags = ("signal",)
    kills = False
    time_limit = 2.0
    script = Script("os.kill(os.getpid(), signal.SIGSTOP)")

    def fire(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)


SCENARIO = Sigstop()
