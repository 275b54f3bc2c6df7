"""How much memory a program may have and has, and whom the kernel's OOM killer has ended.

From the program's memory cgroup (v1: Documentation/admin-guide/cgroup-v1/memory.rst, v2: cgroup-v2.rst), /proc/vmstat,
/proc/meminfo, and the kernel's log (/dev/kmsg), which root may read, and others where ``kernel.dmesg_restrict`` lets them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from safepool.postmortem import counter_file

#: A limit above this is none: cgroup v1 says "no limit" by a number near 2**63.
UNLIMITED = 1 << 60
#: So many lines of the kernel's log are looked at, and so many kills are kept.
LOG_LINES = 20_000
KILLS = 20

_GROUP = re.compile(r"oom-kill:.*?task_memcg=([^,]*),.*?pid=(\d+)")
_KILL = re.compile(r"Killed process (\d+) \((.*?)\)(?:.*?anon-rss:(\d+)kB)?")


@dataclass(frozen=True)
class Kill:
    """A line of the kernel's log: whom the OOM killer ended. ago: in seconds. resident: bytes, None where it is not told.

    group: its memory cgroup, "" where the log does not say."""

    pid: int
    name: str
    ago: float
    resident: int | None = None
    group: str = ""


@dataclass(frozen=True)
class Memory:
    """limit, used: of the program's cgroup, in bytes; None where it has no limit, or none can be read. What it keeps of files is
    not counted as used: the kernel gives that away for the asking, and a program that reads much has its cgroup full of it.
    free: of the machine.

    group: the cgroup's name, as /proc/PID/cgroup has it, "" where that can't be read.
    kills: how many processes of the cgroup the OOM killer has ended since it was made; machine_kills: on the whole machine
    since it started. log: the kernel's log. no_log: why there is none, "" where there is.
    """

    limit: int | None = None
    used: int | None = None
    free: int | None = None
    kills: int | None = None
    machine_kills: int | None = None
    log: list[Kill] = field(default_factory=list)
    no_log: str = ""
    group: str = ""


def of(pid: int, age: float, now: float | None = None) -> Memory:
    """What there is to say of a process's memory. age: of its program, in seconds; older kills are none of its. now: from when
    kills are counted back, as ``kernel_log`` has it."""
    membership = _content(f"/proc/{pid}/cgroup")
    counters = counter_file(membership) if membership else None
    folder = Path(counters).parent if counters else None
    two = counters is not None and counters.endswith("memory.events")
    limit = used = None
    if folder is not None:
        limit = _number(folder / ("memory.max" if two else "memory.limit_in_bytes"))
        used = _number(folder / ("memory.current" if two else "memory.usage_in_bytes"))
        used = None if used is None else max(0, used - file_pages(_content(str(folder / "memory.stat")), two))
    free = _field(_content("/proc/meminfo"), "MemAvailable:")
    group = group_in(membership)
    log, no_log = kernel_log(age, group, now)
    return Memory(
        None if limit is None or limit > UNLIMITED else limit,
        used,
        None if free is None else free * 1024,
        _field(_content(counters), "oom_kill") if counters else None,
        machine_kills(),
        log,
        no_log,
        group,
    )


def group_in(membership: str) -> str:
    """The memory cgroup in a /proc/PID/cgroup: that of version 1, where memory is in that, else of version 2; "" where there is
    none. Pure."""
    groups = [line.split(":", 2) for line in membership.splitlines() if line.count(":") >= 2]
    of_memory = [path for _, controllers, path in groups if "memory" in controllers.split(",")]
    return next(iter([*of_memory, *(path for number, _, path in groups if number == "0")]), "")


def file_pages(stat: str, two: bool) -> int:
    """How much a cgroup keeps of files, in bytes, by its memory.stat. two: whether that is of version 2, where each number counts
    all groups below, too; version 1 has other numbers for that. Pure."""
    before = "" if two else "total_"
    return sum(_field(stat, f"{before}{name}_file") or 0 for name in ("inactive", "active"))


def machine_kills() -> int | None:
    """How many processes the OOM killer has ended on this machine since it was started; None where nobody counts."""
    return _field(_content("/proc/vmstat"), "oom_kill")


def kernel_log(age: float, group: str = "", now: float | None = None) -> tuple[list[Kill], str]:
    """Whom the OOM killer ended, in so many seconds, as far as the kernel's log goes back; and why it can't be read, or "".
    group: the memory cgroup of which the kills are wanted most. now: the moment from which the seconds are counted, since the
    machine started (CLOCK_BOOTTIME); the present where None."""
    if now is None:
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return [], f"the kernel's log can't be read: {error.strerror} (it needs CAP_SYSLOG or kernel.dmesg_restrict=0)"
    try:
        return kills_in(_records(descriptor), now, age, group), ""
    finally:
        os.close(descriptor)


def kills_in(records: Iterable[str], now: float, age: float, group: str = "") -> list[Kill]:
    """The kills in records of the kernel's log of the last seconds (age), the oldest first. now: in seconds since the machine
    started. group: of more than are kept, those in this cgroup, or below it, come first, and then the last ones. Pure."""
    found = []
    groups: dict[str, str] = {}
    for record in records:
        head, _, message = record.partition(";")
        if told := _GROUP.search(message):
            groups[told[2]] = told[1]
        match = _KILL.search(message)
        if match:
            fields = head.split(",")
            since = int(fields[2]) / 1e6 if len(fields) > 2 and fields[2].isdigit() else now
            resident = int(match[3]) * 1024 if match[3] else None
            if now - since > age:
                continue
            found.append(Kill(int(match[1]), match[2], round(now - since, 1), resident, groups.get(match[1], "")))
    ours = [one for one in found if group.strip("/") and group in one.group]
    kept = [*(one for one in found if one not in ours), *ours][-KILLS:]
    return [one for one in found if one in kept]


def _records(descriptor: int) -> Iterator[str]:
    for _ in range(LOG_LINES):
        try:
            record = os.read(descriptor, 8192)
        except BlockingIOError:
            return
        except OSError:  # EPIPE: what it pointed at was overwritten; the next one is there
            continue
        yield record.decode("utf-8", "backslashreplace")


def _content(path: str) -> str:
    try:
        with open(path, errors="backslashreplace") as file:
            return file.read()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _content(str(path)).strip()
    return int(text) if text.isdecimal() else None


def _field(text: str, name: str) -> int | None:
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name and words[1].isdecimal():
            return int(words[1])
    return None
