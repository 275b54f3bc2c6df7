"""A worker dies while another is stopped."""

from __future__ import annotations

import os
import signal

from ..procfs import state
from ..rendezvous import await_started, await_true, worker_of
from ..scenario import Scenario
from ..script import Script


class DeathBesideStopped(Scenario):
    name = "death-beside-stopped"
    title = "a worker dies while its neighbour is stopped"
    dies = (
        "The worker with the third task, with status 1; that with the first task was stopped, and nobody continues it."
    )
    sees = (
        "concurrent.futures: BrokenProcessPool; but shutdown never returns, and from 3.12 on neither does submit(). "
        "multiprocessing.Pool: nothing, ever."
    )
    why = (
        "The manager thread sends SIGTERM to the other workers, which a stopped process does not act on, and then joins "
        "them; from 3.12 on it holds the lock that submit() needs. "
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
                    os.kill(os.getpid(), signal.SIGSTOP)
                if x == 3:
                    time.sleep(0.5)  # the neighbour is stopped then
                    os._exit(1)
                return x
        """
    )

    def work(self, number: int) -> int:
        if number == 1:
            os.kill(os.getpid(), signal.SIGSTOP)
            return number
        return super().work(number)

    def fire(self) -> None:
        await_started([1])
        await_true(lambda: state(worker_of(1)) == "T", 5.0)
        os._exit(1)


SCENARIO = DeathBesideStopped()
