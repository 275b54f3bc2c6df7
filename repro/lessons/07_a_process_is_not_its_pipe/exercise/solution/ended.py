from __future__ import annotations

import os
import time
from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    """True as soon as the process has ended; False if it has not after `timeout` seconds."""
    until = time.monotonic() + timeout
    while os.waitid(os.P_PID, process.pid or 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
