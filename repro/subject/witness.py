"""How the subject learns with which status workers ended that something else than Python reaps: a scheduler in C++, say.

Linux keeps the status for whoever holds a pidfd of the process, after it was reaped by another, too (PIDFD_GET_INFO, see
include/uapi/linux/pidfd.h, with PIDFD_INFO_EXIT from Linux 6.15 on). A thread holds one for every worker that has started a
task, whose pid is in a file of the cell. On older kernels nothing is learned, and such deaths stay without evidence.
"""

from __future__ import annotations

import glob
import os
import select
import struct
import threading
import time

from . import cell, events, exits

#: _IOWR(0xFF, 11, struct pidfd_info), whose first version has 64 bytes (include/uapi/linux/pidfd.h).
_PIDFD_GET_INFO = 3 << 30 | 64 << 16 | 0xFF << 8 | 11
_PIDFD_INFO_EXIT = 1 << 3
#: mask, cgroupid, eleven ids, exit_code: the status as wait(2) has it.
_INFO = struct.Struct("=QQ11Ii")
#: How often it looks for workers, in seconds: often enough to know a worker before its fault.
_EVERY = 0.005


def watch() -> None:
    """Record the end of every worker that starts a task from now on. Does nothing where there are no pidfds."""
    if hasattr(os, "pidfd_open"):  # Linux 5.3 and Python 3.9
        threading.Thread(target=_watch, name="witness", daemon=True).start()


def _watch() -> None:
    held: dict[int, int] = {}
    known = {os.getpid()}
    while True:
        for pid in _started() - known:
            known.add(pid)
            try:
                held[pid] = os.pidfd_open(pid)
            except OSError:
                pass  # it has gone already, and nobody will know how
        poll = select.poll()
        for fd in held.values():
            poll.register(fd, select.POLLIN)
        if poll.poll(0):
            for pid, fd in list(held.items()):
                status = exit_status(fd)
                if status is not None:
                    events.emit("reaped", child=pid, status=status)
                    os.close(held.pop(pid))
        time.sleep(_EVERY)


def _started() -> set[int]:
    found = set()
    for path in glob.glob(cell.current().path("started-*")):
        try:
            with open(path) as file:
                found.add(int(file.read()))
        except (OSError, ValueError):
            pass  # it is being written, under its temporary name
    return found


def exit_status(pidfd: int) -> int | None:
    """The exit code or minus the signal of a process that was reaped; None while it was not, or where the kernel can't tell."""
    import fcntl

    try:
        answer = fcntl.ioctl(pidfd, _PIDFD_GET_INFO, _INFO.pack(_PIDFD_INFO_EXIT, *[0] * 13))
    except OSError:
        return None
    mask, *_ids, code = _INFO.unpack(answer)
    if not mask & _PIDFD_INFO_EXIT:
        return None
    reaped = exits._from_waitpid((0x7FFFFFFF, code), ())
    return None if reaped is None else reaped[1]
