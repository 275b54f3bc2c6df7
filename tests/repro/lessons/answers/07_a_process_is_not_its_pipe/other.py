from __future__ import annotations

import threading
import time
from multiprocessing.process import BaseProcess


def state(pid: int | None) -> str:
    """The state of a process, proc(5)."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    over = threading.Event()
    timer = threading.Timer(timeout, over.set)
    timer.start()
    try:
        while state(process.pid) not in "ZX":
            if over.is_set():
                return False
            time.sleep(0.02)
        return True
    finally:
        timer.cancel()
