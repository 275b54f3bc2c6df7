"""Whom of those that the OOM killer has ended may have been a pool's worker? Pure.

The kernel's log has everybody's: beside the time, the number, the name and the memory cgroup must fit, and of each worker that
was replaced there was one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repro.diagnose.view import Owner, Worker
from repro.tree.memory import Kill

#: So near in time a kill and the start of a replacement are, in seconds: the log's clock is a little behind.
BEFORE, AFTER = 1.5, 0.5


@dataclass(frozen=True)
class Victim:
    """sure: whether everything that is compared is known, and fits; else it may have been another program's."""

    kill: Kill
    sure: bool


def victims(owner: Owner, replacements: Sequence[Worker]) -> list[Victim]:
    """Those in whose place a worker was started, at most one for each, the nearest in time; where nobody was replaced, those that
    may have been workers, the last three."""
    left = [one for one in owner.snapshot.memory.log if fits(one, owner)]
    if not replacements:
        most = max((one.pid for one in owner.workers), default=0) + len(owner.workers)
        return [Victim(one, False) for one in left if owner.pid < one.pid <= most][-3:]
    found = []
    for worker in replacements:
        near = [one for one in left if _preceded(one, worker, owner)]
        if near:
            kill = min(near, key=lambda one: abs(one.ago - worker.seen.age))
            left.remove(kill)
            found.append(Victim(kill, _same_group(kill, owner) and bool(_names(owner))))
    return found


def fits(kill: Kill, owner: Owner) -> bool:
    """Whether nothing speaks against it: it was ended since the program began, no living process has its number, its name is one
    of the program's or of a worker's, and so is its cgroup, as far as these are known."""
    if kill.ago > owner.seen.age or owner.snapshot.seen(kill.pid) is not None:
        return False
    names = _names(owner)
    if names and _first(kill.name) not in names:
        return False
    ram = owner.snapshot.memory
    if _below(kill, owner):
        return True
    return ram.kills != 0 and (not ram.group or not kill.group or ram.group == "/" or _same_group(kill, owner))


def _preceded(kill: Kill, worker: Worker, owner: Owner) -> bool:
    """Whether a worker was started at once after a kill, and got a later number; numbers begin again at the end."""
    first, last = owner.pid, worker.pid
    ordered = first < kill.pid < last if first < last else kill.pid > first or kill.pid < last
    return ordered and -AFTER <= kill.ago - worker.seen.age <= BEFORE


def _names(owner: Owner) -> set[str]:
    """What the program and its workers are called in the kernel, the first word."""
    return {_first(one.name) for one in (owner.seen, *(worker.seen for worker in owner.workers)) if one.name}


def _first(name: str) -> str:
    """All that a file keeps of a name."""
    return name.partition(" ")[0]


def _same_group(kill: Kill, owner: Owner) -> bool:
    """Whether it was in the program's memory cgroup; in a cgroup namespace that has a shorter name for it than the kernel."""
    mine = owner.snapshot.memory.group
    return bool(mine) and (kill.group == mine or (mine != "/" and kill.group.endswith(mine)))


def _below(kill: Kill, owner: Owner) -> bool:
    """Whether it was in a cgroup below the program's: a worker with a limit of its own may be, and so may others."""
    mine = owner.snapshot.memory.group
    return bool(mine) and mine != "/" and f"{mine}/" in kill.group
