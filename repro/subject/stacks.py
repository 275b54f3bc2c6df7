"""Stacks on request: SIGUSR1 makes a registered process write the stacks of all its threads to a file of its own.

``faulthandler`` writes them from C, in a signal handler that needs no GIL and no cooperation of a stuck interpreter
(Modules/faulthandler.c). A process that did not register would be *killed* by SIGUSR1, so the observer asks the kernel
(SigCgt in /proc/PID/status, proc(5)) before it sends one.
"""

from __future__ import annotations

import faulthandler
import os
import signal
from typing import IO

from . import cell

SIGNAL = signal.SIGUSR1


def file_name(pid: int) -> str:
    return f"stacks-{pid}.txt"


#: (pid, file): a forked worker inherits this, and the handler, with its parent's file.
_registered: tuple[int, IO[str]] | None = None


def register() -> None:
    """Let this process answer SIGUSR1, and those that it forks, each with a file of its own.

    Without the second half, a forked worker that has not had a task yet would write into its parent's file.
    """
    global _registered
    pid = os.getpid()
    if _registered is None:
        os.register_at_fork(after_in_child=register)
    if _registered is None or _registered[0] != pid:
        file = open(cell.current().path(file_name(pid)), "a")  # noqa: SIM115  the handler needs it while the process lives
        faulthandler.register(SIGNAL, file=file, all_threads=True, chain=False)
        _registered = (pid, file)
