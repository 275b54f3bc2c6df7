# finds: waits too-much
from __future__ import annotations

import os
import sys
import time


def look() -> dict[int, tuple[int, str, int]]:
    """Of each process its parent, its state and its CPU time in ticks."""
    found = {}
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            found[int(name)] = int(fields[1]), fields[0], int(fields[11]) + int(fields[12])
        except (OSError, ValueError, IndexError):
            continue
    return found


def tree(pid: int, everyone: dict[int, tuple[int, str, int]]) -> set[int]:
    members, more = set(), {pid} & everyone.keys()
    while more:
        members |= more
        more = {one for one, (parent, _, _) in everyone.items() if parent in more} - members
    return members


def main(pid: int) -> None:
    before = look()
    time.sleep(1)
    now = look()
    members = tree(pid, now)
    if not members:
        print("ended")
        return
    lines = []
    for one in sorted(members):
        _, state, ticks = now[one]
        if state == "Z":
            lines.append(f"zombie {one}")
        elif state in "Tt":
            lines.append(f"stopped {one}")
        elif ticks > 0:
            lines.append(f"works {one}")
    print("\n".join(lines) or "waits")


if __name__ == "__main__":
    main(int(sys.argv[1]))
