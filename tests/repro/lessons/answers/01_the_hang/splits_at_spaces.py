# finds: name name
"""Tells whether a program works or waits: python watch.py PID"""

from __future__ import annotations

import os
import sys
import time


def stats() -> dict[str, list[str]]:
    found = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat") as file:
                    found[name] = file.read().split()
            except OSError:
                pass
    return found


def used(pid: str) -> int:
    found = stats()
    if pid not in found or found[pid][2] == "Z":
        return -1
    pids, size = {pid}, 0
    while len(pids) > size:
        size = len(pids)
        pids |= {one for one, fields in found.items() if fields[3] in pids}
    return sum(int(found[one][13]) + int(found[one][14]) for one in pids)


first = used(sys.argv[1])
time.sleep(1)
second = used(sys.argv[1])
print("ended" if first < 0 else "works" if second > first else "waits")
