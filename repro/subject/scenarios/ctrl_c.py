"""Ctrl-C: SIGINT to the whole process group, workers included."""

from __future__ import annotations

import os
import signal
import time

from ..rendezvous import main_pid
from ..scenario import WORK, Scenario
from ..script import Script


class CtrlC(Scenario):
    name = "ctrl-c"
    title = "Ctrl-C reaches the parent and its workers"
    dies = "Workers that do not expect it; the parent gets KeyboardInterrupt in the call."
    sees = "KeyboardInterrupt, if all is well: once, soon, with nothing left behind."
    why = (
        "The terminal sends SIGINT to every process of the foreground group. Workers die of it, or carry it to "
        "the parent a second time."
    )
    where = "Lib/multiprocessing/pool.py; Lib/concurrent/futures/process.py."
    instead = "Ignore SIGINT in the workers."
    tags = ("parent", "signal")
    kills = False
    interrupts = True
    script = Script(
        fault="""
            time.sleep(0.5)  # the parent waits then
            os.killpg(os.getpgrp(), signal.SIGINT)  # what Ctrl-C does
            time.sleep(0.5)
        """
    )

    def fire(self) -> None:
        os.killpg(main_pid(), signal.SIGINT)
        time.sleep(WORK)


SCENARIO = CtrlC()
