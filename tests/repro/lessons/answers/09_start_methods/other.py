from __future__ import annotations

import os
import signal


def watch_parent(parent: int) -> None:
    """A process of its own looks, and ends the worker: that works even where the worker holds the GIL."""
    worker = os.getpid()
    if os.fork() == 0:
        import time

        while all(state(pid) not in "ZX" for pid in (parent, worker)):
            time.sleep(0.3)
        if state(worker) not in "ZX":
            os.kill(worker, signal.SIGKILL)
        os._exit(0)


def state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
