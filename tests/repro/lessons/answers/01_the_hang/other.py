"""Tells whether a program works or waits: python watch.py PID"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path


def clock(pid: int) -> float:
    """The kernel has a clock for each process, which goes while that has a CPU (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def children(pid: int) -> list[int]:
    """By /proc/PID/status, which has a line for each field."""
    found = []
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(re.findall(r"^(\w+):\s+(\S+)", path.read_text(errors="replace"), re.MULTILINE))
        except OSError:
            continue
        if fields["PPid"] == str(pid) and fields["State"] != "Z":
            found.append(int(path.parent.name))
    return found


def clocks(pid: int) -> dict[int, float]:
    """Of a process and, one generation after the other, its descendants."""
    try:
        found = {pid: clock(pid)}
    except OSError:
        return {}
    for child in children(pid):
        found.update(clocks(child))
    return found


if __name__ == "__main__":
    program = int(sys.argv[1])
    first = clocks(program)
    time.sleep(1)
    second = clocks(program)
    if not first:
        print("ended")
    elif any(second[pid] > first.get(pid, 0) for pid in second):
        print("works")
    else:
        print("waits")
