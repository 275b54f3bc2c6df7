"""``abort()`` in a task: an assertion in C, a corrupted heap, Python's own fatal errors."""

from __future__ import annotations

import os
import signal

from ..scenario import Scenario
from ..script import Script


class Abort(Scenario):
    name = "abort"
    title = "a task aborts (SIGABRT)"
    dies = "The worker, by SIGABRT: glibc on a corrupted heap, C++ on an uncaught exception, Py_FatalError()."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for every task that is not finished."
    why = "As for SIGKILL: the process ends in C, and no Python code in it runs any more."
    where = "As for SIGKILL."
    instead = "As for SIGSEGV. The message of abort() is on the worker's stderr, which is the parent's."
    references = ("gh-66587",)
    tags = ("signal", "quick")
    status = -signal.SIGABRT
    script = Script("os.abort()")

    def fire(self) -> None:
        os.abort()


SCENARIO = Abort()
