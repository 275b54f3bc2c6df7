"""Who was asked about a worker, looks at its program. Pure, but for the look that is given.

In ``ps`` a pool's workers have the same command as their program: of four numbers, one is the program's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from repro.diagnose import pools
from repro.diagnose.births import by_multiprocessing
from repro.diagnose.snapshot import Seen, Snapshot
from repro.diagnose.whose import owners
from repro.errors import UsageError


def whole(pid: int, look: Callable[[int], Snapshot], above: Iterable[int]) -> Snapshot:
    """The tree of the program that has the pool: that of the process that was asked for, or of the nearest one above it that
    has a pool to which it belongs. above: its ancestors, the nearest first, and others that may be its program. look: raises
    UsageError where there is no such process; of the one that was asked for, that is raised here, too."""
    taken = look(pid)
    for ancestor in above if seeks(taken) else ():
        try:
            upper = look(ancestor)
        except UsageError:  # it has ended since
            break
        if belongs(upper, pid):
            return replace(upper, asked=pid)
    return taken


def seeks(taken: Snapshot) -> bool:
    """Whether the process that was asked for has no pool of its own, and may belong to one that is not seen from there."""
    one = taken.seen(taken.pid)
    if one is None or any(owner.pid == one.pid for owner in owners(taken)):
        return False
    return bool(what(one)) if one.threads else bool(one.python or pools.helper(None, one.command))


def works(one: Seen) -> bool:
    """Whether a process is in the loop of a pool's workers."""
    return one.main is not None and pools.role(one.main) is not None


def what(one: Seen) -> str:
    """What a process is to a pool, by its own stack alone: ``a worker of multiprocessing.Pool``; or ""."""
    main = one.main
    if main is None:
        return ""
    if (role := pools.role(main)) is not None:
        return f"a worker of {role.pool}"
    return "a process that multiprocessing has started" if by_multiprocessing(main) else pools.helper(main, one.command)


def belongs(taken: Snapshot, pid: int) -> str:
    """What a process is to a pool of a tree: ``a worker of 23142 (multiprocessing.Pool)``; "" where it is nothing to any, or
    where nothing shows that it is: a program that another Python has started, as a scheduler does, has that one above it, too."""
    for owner in reversed(owners(taken)):  # the innermost first
        for worker in owner.workers:
            if worker.pid == pid:
                return f"a worker of {owner.pid}{f' ({worker.pool})' * bool(worker.pool)}"
        if pid in owner.helpers:
            return f"{owner.helpers[pid]} of {owner.pid}"
        for one in owner.strangers:
            if one.pid == pid and one.outsider:
                return f"a process that holds a pipe of {owner.pid}, and that a worker of it may have left behind"
            if one.pid == pid and one.threads:
                return f"a process of {'' if one.parent == owner.pid else 'a worker of '}{owner.pid}"
    return ""
