"""A task leaves a thread behind that is not a daemon, and calls ``sys.exit``."""

from __future__ import annotations

import sys
import threading
import time

from ..scenario import Scenario
from ..script import Script

#: How long the thread runs, in seconds: nobody is going to wait for that.
LONG = 60.0


class ThreadOutlivesTask(Scenario):
    name = "thread-outlives-task"
    title = "a task leaves a thread behind and calls sys.exit(1)"
    dies = "Nothing, for as long as the thread runs: the worker that wants to end waits for it."
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: the SystemExit; then shutdown blocks until the "
        "thread ends."
    )
    why = "An ending process joins its threads that are not daemons; the pool joins the process, without a limit."
    where = "Lib/multiprocessing/process.py: BaseProcess._bootstrap(), threading._shutdown()."
    instead = "Daemon threads in workers; a pool whose end escalates."
    tags = ("exit", "shutdown")
    kills = False
    patience = 12.0  # so long, and a little more, safepool waits for a worker's end (``exit_timeout``)
    script = Script(
        """
            threading.Thread(target=time.sleep, args=(3600,)).start()
            sys.exit(1)
        """
    )

    def fire(self) -> None:
        threading.Thread(target=time.sleep, args=(LONG,)).start()
        sys.exit(1)


SCENARIO = ThreadOutlivesTask()
