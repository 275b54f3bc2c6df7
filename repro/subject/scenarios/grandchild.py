"""A worker that has forked a child dies; the child lives on with every descriptor."""

from __future__ import annotations

import os

from .. import cell
from ..rendezvous import await_files
from ..scenario import Scenario
from ..script import Script


class Grandchild(Scenario):
    name = "grandchild"
    title = "a worker forks a child and dies"
    dies = "The worker, with status 1. Its child lives on, and has a copy of every pipe."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures with fork and spawn: nothing, ever."
    why = (
        "concurrent.futures learns of a death from the sentinel, the reading end of a pipe whose writing end the "
        "worker holds. A forked child holds it, too: the process is dead, the pipe is not."
    )
    where = (
        "Lib/multiprocessing/popen_fork.py and popen_spawn_posix.py: Popen._launch(); Lib/concurrent/futures/process.py: "
        "wait_result_broken_or_wakeup(). No issue was found for it."
    )
    instead = "Ask the process, not a pipe: pidfd_open(2), waitid(2)."
    tags = ("exit",)
    status = 1
    script = Script(
        """
            if os.fork() == 0:
                time.sleep(3600)  # the child, with a copy of every pipe
                os._exit(0)
            os._exit(1)
        """
    )

    def fire(self) -> None:
        finished = cell.current().path("finished")
        if os.fork() == 0:
            await_files([finished], 60.0, every=0.2)  # until the program has ended
            os._exit(0)
        os._exit(1)


SCENARIO = Grandchild()
