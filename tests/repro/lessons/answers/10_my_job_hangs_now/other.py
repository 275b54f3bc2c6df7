from __future__ import annotations

import sys
import time
from pathlib import Path


def children(pid: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in file.read_text().split()]
    return found


def read(pid: int) -> tuple[str, int]:
    """The state of a process, and its CPU time in nanoseconds."""
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    cpu = sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return state, cpu


def members(pid: int) -> list[int]:
    return sorted({pid, *(one for child in children(pid) for one in members(child))})


pid = int(sys.argv[1])
if not Path(f"/proc/{pid}").exists():
    print("ended")
    sys.exit()
first = {one: read(one)[1] for one in members(pid)}
time.sleep(1)
said = False
for one in members(pid):
    state, cpu = read(one)
    word = {"Z": "zombie", "T": "stopped", "t": "stopped"}.get(state, "")
    if not word and cpu - first.get(one, 0) > 5_000_000:
        word = "works"
    if word:
        print(word, one)
        said = True
if not said:
    print("waits")
