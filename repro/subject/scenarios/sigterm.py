"""SIGTERM to a busy worker: a service manager, a batch system or an operator ends one process."""

from __future__ import annotations

import os
import signal

from ..scenario import Scenario
from ..script import Script


class Sigterm(Scenario):
    name = "sigterm"
    title = "a busy worker gets SIGTERM"
    dies = "The worker, by SIGTERM, in the middle of a task. Python does not handle SIGTERM by default (signal(7): terminate)."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for every task that is not finished."
    why = (
        "As for every death that multiprocessing.pool does not cause itself: the worker is replaced, its task forgotten. "
        "Pool.terminate() sends the same signal, but by then nobody waits."
    )
    where = "Lib/multiprocessing/pool.py: Pool._maintain_pool(), Pool._terminate_pool(). gh-66587."
    instead = "End the parent, not a worker; or use a pool that knows what each worker holds."
    references = ("gh-66587",)
    tags = ("signal", "quick")
    status = -signal.SIGTERM
    script = Script("os.kill(os.getpid(), signal.SIGTERM)")

    def fire(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


SCENARIO = Sigterm()
