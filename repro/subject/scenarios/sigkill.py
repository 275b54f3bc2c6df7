"""SIGKILL to a busy worker: what the kernel's OOM killer, ``kill -9`` and container limits do."""

from __future__ import annotations

import os
import signal

from ..scenario import Scenario
from ..script import Script


class Sigkill(Scenario):
    name = "sigkill"
    title = "a busy worker gets SIGKILL"
    dies = (
        "The worker, by SIGKILL, in the middle of a task. No handler, no cleanup: it is gone between two instructions."
    )
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for every task that is not finished; it "
        "names neither the task nor, before 3.15, the status."
    )
    why = (
        "The worker can say nothing, so the parent has to know what it held. multiprocessing.pool does not. "
        "concurrent.futures knows only that one of its workers is gone."
    )
    where = (
        "Lib/multiprocessing/pool.py: Pool._maintain_pool(); Lib/concurrent/futures/process.py: terminate_broken(). gh-66587; "
        "gh-139462 adds the exit code in 3.15."
    )
    instead = (
        "ProcessPoolExecutor, to learn of it at all; safepool, to learn which task it was, and to keep the others."
    )
    references = ("gh-66587", "gh-139462")
    tags = ("signal", "quick")
    status = -signal.SIGKILL
    script = Script("os.kill(os.getpid(), signal.SIGKILL)")

    def fire(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


SCENARIO = Sigkill()
