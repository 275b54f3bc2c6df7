"""Stacks on request: SIGUSR1 makes a registered process write the stacks of all its threads to a file of its own.

``faulthandler`` writes them from C, in a signal handler that needs no GIL and no cooperation of a stuck interpreter
(Modules/faulthandler.c). A process that did not register would be *killed* by SIGUSR1, so the observer asks the kernel
(SigCgt in /proc/PID/status, proc(5)) before it sends one.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from typing import IO, Any, Iterator

from . import cell

SIGNAL = signal.SIGUSR1


#: The longest header of a message, in bytes.
HEADER = 12


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


def half_messages() -> Iterator[dict[str, Any]]:
    """The messages that threads of this process are in the middle of: ``direction`` (in, out), ``size``, ``remaining`` (bytes).

    faulthandler knows no values, so the frames themselves are asked (``sys._current_frames``), which needs an interpreter that
    still runs Python code: it does while its threads wait in system calls. Source: Lib/multiprocessing/connection.py,
    ``Connection._recv`` (``remaining`` of ``size``) under ``_recv_bytes``, and ``_send`` under ``_send_bytes``. What is on its
    way out counts as remaining until the system call that takes it has returned. A thread in the middle of a header is in
    none yet.
    """
    for frame in list(sys._current_frames().values()):
        seen: Any = frame
        while seen is not None and seen.f_code.co_name not in ("_recv", "_send"):
            seen = seen.f_back
        caller = seen.f_back if seen is not None else None
        if caller is None or not seen.f_code.co_filename.endswith("connection.py"):
            continue
        inner, outer = seen.f_locals, caller.f_locals
        if seen.f_code.co_name == "_recv" and "size" in outer and outer["size"] == inner.get("size"):
            # the local of the caller comes from the header: without it, the header itself is being read
            yield {
                "direction": "in",
                "size": int(inner["size"]),
                "remaining": int(inner.get("remaining", inner["size"])),
            }
        elif seen.f_code.co_name == "_send" and HEADER < inner.get("remaining", 0) <= outer.get("n", 0):
            # the header is sent by the same function, before: what is no longer than one is not told from it
            yield {"direction": "out", "size": int(outer["n"]), "remaining": int(inner["remaining"])}
