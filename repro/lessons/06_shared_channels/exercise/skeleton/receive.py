from __future__ import annotations

import os
from multiprocessing import Process


def receive(descriptor: int, process: Process) -> bytes | None:
    """The message of a child; None if it ended before that was whole."""
    return os.read(descriptor, 4)
