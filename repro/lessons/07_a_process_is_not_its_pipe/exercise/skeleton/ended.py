from __future__ import annotations

from multiprocessing.process import BaseProcess


def wait_for_end(process: BaseProcess, timeout: float) -> bool:
    """True as soon as the process has ended; False if it has not after `timeout` seconds."""
    raise NotImplementedError
