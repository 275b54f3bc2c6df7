"""The parent becomes another program by ``execv``: what is left behind?"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from .. import events
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: What the new program is. It gives the old one's workers, whose pids are its arguments, time to end.
PROGRAM = """
import sys
from repro.subject import events, procfs, rendezvous
events.emit("fault")
workers = list(map(int, sys.argv[1:]))
rendezvous.await_true(lambda: not any(map(procfs.alive, workers)), 2.0)
events.emit("workers-after-exec", alive=[pid for pid in workers if procfs.alive(pid)])
events.emit("end")
"""


class ExecOrphans(Scenario):
    name = "exec-orphans"
    title = "the parent becomes another program by execv"
    dies = (
        "The program, and not its process: os.execv() replaces it, without exit handlers. Servers reload themselves so."
    )
    sees = (
        "Every result, and the new program runs. concurrent.futures leaves its workers behind, idle, as children that the new "
        "program does not know of; those of multiprocessing.Pool end with their pipe, and stay as zombies."
    )
    why = (
        "The parent lives on under the same pid, so that no death of a parent is noticed. Its pipes are closed (PEP 446), which "
        "a worker sees as end-of-file only if nobody else holds the writing end; the workers of concurrent.futures hold it "
        "themselves."
    )
    where = (
        "Lib/concurrent/futures/process.py: call_queue; Lib/multiprocessing/pool.py: worker(); "
        "Doc/library/os.rst: execv()."
    )
    instead = "Close the pool before execv; workers that see the end of a pipe that nobody else holds."
    tags = ("parent", "shutdown")
    faulty = None
    kills = False
    script = Script(
        main="""
            pool = POOL(3)
            print(CALL(worker, [1, 2, 3]), flush=True)
            os.execvp("sh", ["sh", "-c", "sleep 1; ps -o pid,stat,args --ppid $$"])
        """,
        well="It prints every result, and then which workers the new program has for children, if any.",
        last="*",
    )

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        workers = steps.warm_up()
        steps.call()
        events.emit("phase", phase="exec")
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, *map(str, workers)])


SCENARIO = ExecOrphans()
