"""A worker makes a pool of its own and is killed."""

from __future__ import annotations

import os
import signal

from .. import cell, loading, task
from ..scenario import Scenario
from ..script import Script

#: The inputs of the pool inside.
INSIDE = (301, 302)


class NestedPool(Scenario):
    name = "nested-pool"
    title = "a worker makes a pool of its own and is killed"
    dies = (
        "The worker, by SIGKILL, when the pool that it made inside its task has answered. That pool's workers live on."
    )
    sees = (
        "multiprocessing.Pool refuses: daemonic processes are not allowed to have children. concurrent.futures with fork: "
        "nothing, ever; with spawn and forkserver BrokenProcessPool; and the workers of the pool inside stay behind."
    )
    why = "The workers inside hold copies of the outer pool's pipes (grandchild), and nobody tells them that their parent died."
    where = "Lib/multiprocessing/process.py: BaseProcess.start(); Lib/concurrent/futures/process.py: call_queue."
    instead = "Pools whose workers end with their parent, and whose parent asks the process, not a pipe."
    tags = ("signal", "parent")
    kills = False  # a pool may refuse; its worker ends as it likes then
    script = Script(
        """
            pool = POOL(2)  # a pool inside the worker
            print(CALL(abs, [-1, -2]), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )

    def fire(self) -> None:
        here = cell.current()
        adapter = loading.pool(here.pool_file)
        pool = adapter.open(2, here.start_method)
        list(adapter.run(pool, adapter.operations[0], task.plain, INSIDE, lambda error: None))
        os.kill(os.getpid(), signal.SIGKILL)


SCENARIO = NestedPool()
