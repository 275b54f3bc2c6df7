"""Which programs are meant: by a number, by a part of the command, or all that have children."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from repro.errors import UsageError
from repro.tree import calls, processes
from repro.tree.processes import Process

_PYTHON = re.compile(r"(python|pypy)[\d.]*t?$")


def by_number(told: str) -> int:
    """A pid. Raises UsageError for what is none."""
    if not told.isascii() or not told.isdigit() or not 0 < int(told[:12]) < 1 << 22 or len(told) > 12:
        raise UsageError(f"{told!r} is no number of a process: `ps -ef`, or repro diagnose --all, tell them")
    return int(told)


def by_name(pattern: str) -> list[int]:
    """The programs with a pattern (a regular expression) in their command, the topmost of each tree. Raises UsageError where
    there is none."""
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--name {pattern}: {error}") from error
    everyone = processes.scan()
    matching = {pid for pid in everyone if not everyone[pid].zombie and wanted.search(command_of(pid))}
    found = _topmost(matching - _ancestors(everyone), everyone)
    if not found:
        raise UsageError(f"no process has {pattern!r} in its command, as far as one may look")
    return found


def all_of_this_user() -> list[int]:
    """Every Python program of this user that has children, the topmost of each tree; of all users for root."""
    everyone = processes.scan()
    parents = {one.parent for one in everyone.values()}
    me = os.geteuid()
    mine = {pid for pid in parents & everyone.keys() if (me == 0 or _user(pid) == me) and is_python(pid)}
    return _topmost(mine - _ancestors(everyone), everyone)


def programs_of(pid: int) -> Iterator[int]:
    """Whose worker a process may be: its ancestors, the nearest first, as far as each of them is a Python; then, since a worker's
    child whose parent has died is given to a process of another session, older Pythons of its own, a few."""
    everyone = processes.scan()
    above = everyone[pid].parent if pid in everyone else 0
    while above in everyone and is_python(above) and everyone[above].parent != above:
        yield above
        above = everyone[above].parent
    one = everyone.get(pid)
    parent = everyone.get(one.parent) if one is not None else None
    if one is not None and (parent is None or parent.session != one.session):
        here = {
            other.pid for other in everyone.values() if other.session == one.session and other.started <= one.started
        }
        yield from _topmost({*filter(is_python, here - _ancestors(everyone) - {pid})}, everyone)[-SHARING:]


#: Of so many programs of its session a process may be a part that has no parent among them: each takes a second to look at.
SHARING = 3


def is_python(pid: int) -> bool:
    """Whether a process runs Python, by its executable, or by its command where that can't be seen."""
    try:
        name = os.readlink(f"/proc/{pid}/exe")
    except OSError:
        name = command_of(pid).partition(" ")[0]
    return bool(_PYTHON.match(os.path.basename(name.removesuffix(" (deleted)"))))


def command_of(pid: int) -> str:
    return calls.text(f"/proc/{pid}/cmdline").replace("\0", " ").strip()


def _user(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1


def _ancestors(everyone: Mapping[int, Process]) -> set[int]:
    """This command, and who has started it."""
    found: set[int] = set()
    pid = os.getpid()
    while pid in everyone and pid not in found:
        found.add(pid)
        pid = everyone[pid].parent
    return found


def _topmost(several: set[int], everyone: Mapping[int, Process]) -> list[int]:
    """Those of which no ancestor is one, too."""
    found = []
    for pid in sorted(several, key=lambda pid: (everyone[pid].started, pid)):
        above = everyone[pid].parent
        while above in everyone and above not in several and everyone[above].parent != above:
            above = everyone[above].parent
        if above not in several:
            found.append(pid)
    return found
