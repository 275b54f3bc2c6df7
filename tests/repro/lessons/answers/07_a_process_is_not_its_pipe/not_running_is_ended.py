# finds: stopped stopped
from __future__ import annotations

import time
from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        with open(f"/proc/{process.pid}/stat") as file:
            if file.read().rpartition(")")[2].split()[0] not in "RSD":
                return True
        time.sleep(0.01)
    return False
