"""The parent is killed: what is left behind?"""

from __future__ import annotations

import os
import signal
import time

from .. import events
from ..rendezvous import main_pid
from ..scenario import WORK, Scenario
from ..script import Script


class ParentKilled(Scenario):
    name = "parent-killed"
    title = "the parent is killed"
    dies = "The parent, by SIGKILL, while its workers have tasks."
    sees = (
        "The program is gone. concurrent.futures leaves its workers behind for ever; those of "
        "multiprocessing.Pool end when their pipe does."
    )
    why = (
        "A worker that waits for the next task sees end-of-file only if nobody else holds the writing end; the "
        "workers of concurrent.futures hold it themselves."
    )
    where = "Lib/concurrent/futures/process.py: call_queue."
    instead = "Workers that are told by the kernel when their parent is gone."
    tags = ("parent", "signal")
    status = -signal.SIGKILL
    kills = False
    script = Script(
        fault="""
            os.kill(int(os.environ["PARENT"]), signal.SIGKILL)
            time.sleep(0.5)
        """,
        prepare='os.environ["PARENT"] = str(os.getpid())',
    )

    def fire(self) -> None:
        parent = main_pid()
        events.emit("fault", task=self.faulty, victim=parent)
        os.kill(parent, signal.SIGKILL)
        time.sleep(WORK)


SCENARIO = ParentKilled()
