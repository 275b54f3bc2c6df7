"""A segmentation fault in a task: a bug in an extension module, or memory that is not there."""

from __future__ import annotations

import ctypes
import signal

from ..scenario import Scenario
from ..script import Script


class Segfault(Scenario):
    name = "segfault"
    title = "a task crashes (SIGSEGV)"
    dies = "The worker, by SIGSEGV: here ctypes reads address 0; in production it is an extension module."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for every task that is not finished."
    why = "As for SIGKILL: a crash gives the worker no chance to say anything."
    where = "As for SIGKILL. faulthandler.enable() in the worker prints where it crashed (Modules/faulthandler.c)."
    instead = "python -X faulthandler, to see where; safepool, to see which task."
    references = ("gh-66587",)
    tags = ("signal", "quick")
    status = -signal.SIGSEGV
    script = Script("ctypes.string_at(0)")

    def fire(self) -> None:
        ctypes.string_at(0)


SCENARIO = Segfault()
