# finds: waits used-before
"""Tells whether a program works or waits: python watch.py PID"""

from __future__ import annotations

import os
import sys


def parents() -> dict[int, int]:
    """The parent of each process (proc(5), /proc/PID/stat: the name may hold spaces and brackets)."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
            except OSError:  # it has ended since
                continue
            if state != "Z":
                found[int(name)] = int(parent)
    return found


def tree(pid: int) -> set[int]:
    """A process and all its descendants; none if it has ended."""
    known = parents()
    found: set[int] = set()
    new = {pid} & known.keys()
    while new:
        found |= new
        new = {child for child, parent in known.items() if parent in new} - found
    return found


def used(pid: int) -> int:
    """The CPU time of a process, of all its threads, in nanoseconds."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
    except OSError:
        pass
    return total


def verdict(pid: int) -> str:
    """``works``, ``waits`` or ``ended``, after a second of watching."""
    before = {one: used(one) for one in tree(pid)}
    if not before:
        return "ended"
    return "works" if sum(before.values()) > 0 else "waits"


if __name__ == "__main__":
    print(verdict(int(sys.argv[1])))
