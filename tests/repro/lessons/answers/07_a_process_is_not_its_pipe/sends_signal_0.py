# finds: ended-long-ago zombie
from __future__ import annotations

import os
import time
from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        try:
            os.kill(process.pid or 0, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
