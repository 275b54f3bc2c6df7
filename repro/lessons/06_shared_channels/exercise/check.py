"""Judges receive.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import struct
import sys
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from typing import Any

sys.path.insert(0, sys.argv[2])

from receive import receive

#: By name: how long the message is, how many bytes with the header are written, a pause in the middle, and whether the child has
#: ended when the answer is asked.
CHECKS: dict[str, tuple[int, int, float, bool]] = {
    "whole": (20, 24, 0.0, False),
    "large": (1 << 20, (1 << 20) + 4, 0.0, False),
    "slow": (20, 24, 2.0, False),
    "nothing": (20, 0, 0.0, False),
    "half-header": (20, 2, 0.0, False),
    "half": (20, 14, 0.0, True),
    "last-words": (50_000, 50_004, 0.0, True),
}


def message(length: int) -> bytes:
    return bytes(number % 251 for number in range(length))


def child(writer: Connection, length: int, written: int, pause: float) -> None:
    all_of_it = (struct.pack("!i", length) + message(length))[:written]
    half = len(all_of_it) // 2
    for part in (all_of_it[:half], all_of_it[half:]):
        while part:
            part = part[os.write(writer.fileno(), part) :]
        time.sleep(pause)
    os._exit(0)


if __name__ == "__main__":
    length, written, pause, ended = CHECKS[sys.argv[1]]
    reader, writer = Pipe(duplex=False)  # both ends stay open here
    process = Process(target=child, args=(writer, length, written, pause))
    process.start()
    if ended:
        process.join()
        wait([process.sentinel])  # with a fork server that is a moment later
    got: Any = None
    raised: Exception | None = None
    try:
        got = receive(reader.fileno(), process)
    except Exception as error:
        raised = error
    process.kill()  # else it may write yet, and complain that nobody reads
    process.join()
    whole = written == length + 4
    if raised is not None:
        print("finding: raised", repr(raised), flush=True)
        os._exit(0)
    elif got == (message(length) if whole else None):
        print("holds", flush=True)
    elif not whole:
        print("finding: made-up", repr(got)[:60], flush=True)
    elif got is None:
        print("finding: gave-up", f"{length} bytes were to come", flush=True)
    else:
        print("finding: part", f"{length} bytes were to come, and it was {got!r:.40}", flush=True)
