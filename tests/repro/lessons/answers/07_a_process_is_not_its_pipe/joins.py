# finds: helper pipe
from __future__ import annotations

from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    process.join(timeout)
    return process.exitcode is not None
