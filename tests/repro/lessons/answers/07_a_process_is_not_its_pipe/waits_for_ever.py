# finds: runs no-timeout
from __future__ import annotations

import os
from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    os.waitid(os.P_PID, process.pid or 0, os.WEXITED | os.WNOWAIT)
    return True
