# finds: ended-long-ago status-taken
from __future__ import annotations

import os
import time
from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if os.waitpid(process.pid or 0, os.WNOHANG)[0]:
            return True
        time.sleep(0.01)
    return False
