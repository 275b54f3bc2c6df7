from __future__ import annotations

import os
import threading
import time


def runs(pid: int) -> bool:
    """Whether a process has not ended; one that was not yet asked for its status has."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def watch_parent(parent: int) -> None:
    """An initializer: from now on this process ends soon after the process `parent` has ended."""

    def look() -> None:
        while runs(parent):
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
