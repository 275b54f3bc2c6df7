"""Memory cgroups, for the ``oom`` scenario and for lessons: a group with a limit, and a counter of OOM kills as evidence.

Version 1 (Documentation/admin-guide/cgroup-v1/memory.rst) and version 2 (cgroup-v2.rst). A group is made below the cgroup
of this process or, where the rules of version 2 forbid that (no internal processes), below the nearest ancestor that lets us.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

#: The group's limit, in bytes: enough for a worker to move in, soon used up.
LIMIT = 64 << 20

#: In which groups this process is, and where the hierarchies are (cgroups(7), proc(5)).
MEMBERSHIPS, MOUNTS = Path("/proc/self/cgroup"), Path("/proc/self/mounts")

#: For a shell: prints the limit of its own group of version 2, in bytes; ``max`` where it has none.
_OWN_LIMIT = 'cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max"'

_NAME = "repro-oom-{pid}-{number}"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class MemoryGroup:
    """A memory cgroup of our own. path: its folder. version: 1 or 2."""

    path: Path
    version: int

    def oom_kills(self) -> int:
        """How many of its processes the kernel's OOM killer has killed."""
        file = self.path / ("memory.events" if self.version == 2 else "memory.oom_control")
        for line in file.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
        raise OSError(f"{file} has no oom_kill counter (it came with Linux 4.13)")

    def remove_soon(self, within: float = 2.0) -> None:
        """Remove it, as soon as the kernel has noticed that its processes have ended. within: how long to try, in seconds; what
        is left by then, ``sweep`` removes."""
        until = time.monotonic() + within
        while True:
            try:
                return self.remove()
            except FileNotFoundError:
                return None
            except OSError:
                if time.monotonic() > until:
                    return None
            time.sleep(0.02)

    def remove(self) -> None:
        """Remove it. Its processes must have ended; the kernel may take a moment to notice (EBUSY), so the caller
        tries again at the end of the run."""
        self.path.rmdir()


def make(limit: int = LIMIT) -> MemoryGroup | None:
    """A new group, with its limit (in bytes) set, or None where none can be made."""
    for parent, version in _parents():
        path = parent / _NAME.format(pid=os.getpid(), number=next(_numbers))
        try:
            path.mkdir()
        except OSError:
            continue
        group = MemoryGroup(path, version)
        try:
            _limit(group, limit)
            group.oom_kills()
        except OSError:
            path.rmdir()
            continue
        return group
    return None


@functools.cache
def systemd_gives() -> bool:
    """Whether the user's own systemd gives a program a memory cgroup.

    That needs no rights (systemd-run(1)), but a session of the user, and cgroups of version 2 of which systemd hands the memory
    controller on (user@.service(5)). Where it does not, it starts the program all the same, without the limit: so the program
    itself says which limit it has.
    """
    if shutil.which("systemd-run") is None:
        return False
    try:
        asked = subprocess.run(
            [*by_systemd(LIMIT), "sh", "-c", _OWN_LIMIT], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.stdout.strip() == str(LIMIT).encode()


def by_systemd(limit: int) -> list[str]:
    """What to put before a command so that it runs in a memory cgroup of its own. limit: in bytes.

    Delegate: after an OOM kill systemd would stop the whole scope (OOMPolicy in systemd.scope(5)), and the pool that is to be
    seen hanging with it; not so where what is below is the program's own business.
    """
    settings = ["-p", f"MemoryMax={limit}", "-p", "MemorySwapMax=0", "-p", "Delegate=yes"]
    return ["systemd-run", "--user", "--scope", "--quiet", "--collect", *settings, "--"]


def limit_file(version: int) -> str:
    """The file in a group's folder that takes its limit, in bytes."""
    return "memory.max" if version == 2 else "memory.limit_in_bytes"


def sweep() -> None:
    """Remove the groups of runs that were killed before they could: those whose process is gone."""
    for parent, _version in _parents():
        for path in parent.glob(_NAME.format(pid="*", number="*")):
            match = re.fullmatch(_NAME.format(pid="([0-9]+)", number="[0-9]+"), path.name)
            if match and not Path(f"/proc/{match[1]}").exists():
                try:
                    path.rmdir()
                except OSError:
                    pass  # somebody is still in it: not ours to end


def _limit(group: MemoryGroup, limit: int) -> None:
    _write(group.path / limit_file(group.version), str(limit))
    if group.version == 2:
        swap = group.path / "memory.swap.max"
        if swap.exists():
            _write(swap, "0")  # or the worker swaps for minutes before it dies
        return
    with_swap = group.path / "memory.memsw.limit_in_bytes"
    if with_swap.exists():
        _write(with_swap, str(limit))


def _write(file: Path, text: str) -> None:
    """Write to a file that the kernel has put there: one that is not there is an error, and none is made."""
    fd = os.open(file, os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _parents() -> list[tuple[Path, int]]:
    """Where a group might be made: this process's own memory cgroup, then its ancestors, nearest first."""
    try:
        memberships = MEMBERSHIPS.read_text().splitlines()
        mounts = MOUNTS.read_text().splitlines()
    except OSError:
        return []
    roots: dict[int, Path] = {}
    for line in mounts:
        _device, place, kind, options = line.split()[:4]
        if kind == "cgroup" and "memory" in options.split(","):
            roots[1] = Path(place)
        elif kind == "cgroup2":
            roots[2] = Path(place)
    found = []
    for line in memberships:
        _number, controllers, inside = line.split(":", 2)
        version = 1 if "memory" in controllers.split(",") else 2 if controllers == "" else 0
        if version not in roots:
            continue
        own = roots[version] / inside.lstrip("/")
        for folder in [own, *own.parents]:
            if folder.is_dir():
                found.append((folder, version))
            if folder == roots[version]:
                break
    return found
