from __future__ import annotations

import os
import struct
from multiprocessing import Process
from multiprocessing.connection import wait


def read(descriptor: int, process: Process, size: int) -> bytes | None:
    """So many bytes, or None if the process ended before."""
    found = b""
    while len(found) < size:
        ready = wait([descriptor, process.sentinel])
        if descriptor in ready:  # first what is there
            found += os.read(descriptor, size - len(found))
        elif descriptor not in wait([descriptor], timeout=0):  # it has ended: nothing more will come
            return None
    return found


def receive(descriptor: int, process: Process) -> bytes | None:
    """The message of a child; None if it ended before that was whole."""
    header = read(descriptor, process, 4)
    return None if header is None else read(descriptor, process, *struct.unpack("!i", header))
