"""A worker dies while another ignores SIGTERM."""

from __future__ import annotations

import os
import signal
import time

from .. import cell
from ..rendezvous import await_files, say
from ..scenario import Scenario
from ..script import Script

#: How long the deaf task would take, in seconds: nobody is going to wait for that.
LONG = 60.0


class DeathBesideDeaf(Scenario):
    name = "death-beside-deaf"
    title = "a worker dies while its neighbour ignores SIGTERM"
    dies = "The worker with the third task, with status 1; that with the first task ignores SIGTERM, and works on."
    sees = (
        "concurrent.futures: BrokenProcessPool; but shutdown blocks until the neighbour's task ends, and from 3.12 on "
        "submit() as well. multiprocessing.Pool: nothing, ever."
    )
    why = (
        "The manager thread sends SIGTERM to the other workers, and then joins them, without a limit; from 3.12 on it holds "
        "the lock that submit() needs. "
        "Up to 3.11 it may spin meanwhile, if the queue of calls is full."
    )
    where = "Lib/concurrent/futures/process.py: _ExecutorManagerThread.terminate_broken(), join_executor_internals()."
    instead = "A stop that escalates: SIGTERM, then SIGKILL; no lock held while waiting."
    references = ("gh-66587",)
    tags = ("signal", "shutdown", "exit")
    status = 1
    time_limit = 2.0
    script = Script(
        worker="""
            def worker(x):
                print(x, flush=True)
                if x == 1:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    time.sleep(3600)
                if x == 3:
                    time.sleep(0.5)  # the neighbour is deaf then
                    os._exit(1)
                return x
        """
    )

    def work(self, number: int) -> int:
        if number == 1:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            say("deaf")
            time.sleep(LONG)
            return number
        return super().work(number)

    def fire(self) -> None:
        await_files([cell.current().path("deaf")], 5.0)
        os._exit(1)


SCENARIO = DeathBesideDeaf()
