"""In which system call each thread of a process waits, and for what: a pipe, a socket, a lock of a file, a child, time.

From /proc/PID/task/TID/syscall, wchan and stat (proc(5)); Linux only. Whom the kernel lets look (PTRACE_MODE_READ: processes of
one's own, or CAP_SYS_PTRACE) sees the call and its arguments; everybody sees the state.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil

#: The numbers of the system calls in which a thread may wait for long, by machine (Linux: arch/*/.../syscall tables).
NAMES: dict[int, str] = {
    "x86_64": {
        **{
            0: "read",
            1: "write",
            7: "poll",
            17: "pread",
            18: "pwrite",
            19: "readv",
            20: "writev",
            23: "select",
            34: "pause",
        },
        **{35: "nanosleep", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg"},
        **{61: "wait4", 65: "semop", 70: "msgrcv", 72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync", 2: "open"},
        **{128: "sigtimedwait", 130: "sigsuspend", 202: "futex", 208: "io_getevents", 220: "semtimedop", 257: "open"},
        **{230: "nanosleep", 232: "epoll", 247: "waitid", 270: "select", 271: "poll", 281: "epoll", 288: "accept"},
    },
    "aarch64": {
        **{63: "read", 64: "write", 73: "poll", 67: "pread", 68: "pwrite", 65: "readv", 66: "writev", 72: "select"},
        **{101: "nanosleep", 203: "connect", 202: "accept", 206: "sendto", 207: "recvfrom", 211: "sendmsg"},
        **{212: "recvmsg", 260: "wait4", 193: "semop", 188: "msgrcv", 25: "fcntl", 32: "flock", 82: "fsync"},
        **{83: "fdatasync", 137: "sigtimedwait", 133: "sigsuspend", 98: "futex", 4: "io_getevents", 56: "open"},
        **{115: "nanosleep", 22: "epoll", 95: "waitid", 242: "accept", 192: "semtimedop"},
    },
}.get(os.uname().machine, {})

#: The calls whose first argument is the descriptor for which they wait.
_BY_DESCRIPTOR = frozenset(
    {
        "read",
        "write",
        "pread",
        "pwrite",
        "readv",
        "writev",
        "connect",
        "accept",
        "sendto",
        "recvfrom",
        "sendmsg",
        "recvmsg",
    }
    | {"fcntl", "flock", "fsync", "fdatasync"}
)
#: So many descriptors of one poll are told.
POLLED = 64
#: FUTEX_PRIVATE_FLAG (futex(2)); what it is not set for may still be memory that nobody shares.
_PRIVATE = 128


@dataclass(frozen=True)
class Call:
    """What the kernel says of one thread. number: its id, of the main thread that of the process. state: proc(5), "R" runs.

    name: of the system call, "" where it runs or the kernel does not tell. channel: the kernel's function in which it sleeps.
    targets: what its descriptors are (``pipe:[123]``, ``/a/file``, ``tcp 10.0.0.1:5432``), or the pid of the child that it
    waits for. timed: whether it wakes up by itself some time; None where that is not known.
    private: of a futex, whether no other process can wake it.
    started: when the thread began, as ``processes.Process.started``; 0 where that is not known.
    """

    number: int
    state: str
    name: str = ""
    channel: str = ""
    targets: tuple[str, ...] = ()
    timed: bool | None = None
    private: bool = False
    started: int = 0


def of(pid: int) -> list[Call]:
    """The threads of a process, the main thread first; none where there is no such process."""
    try:
        threads = sorted(map(int, os.listdir(f"/proc/{pid}/task")))
    except OSError:
        return []
    sockets = _Sockets(pid)
    return [call for thread in threads if (call := _call(pid, thread, sockets)) is not None]


def _call(pid: int, thread: int, sockets: _Sockets) -> Call | None:
    place = f"/proc/{pid}/task/{thread}"
    stat = text(f"{place}/stat")
    if not stat:
        return None
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], int(fields[19])
    channel = text(f"{place}/wchan")
    channel = "" if channel == "0" else channel
    words = text(f"{place}/syscall").split()
    try:
        name = NAMES.get(int(words[0]), "")
        arguments = [int(word, 16) for word in words[1:7]]
    except (ValueError, IndexError):
        return Call(thread, state, channel=channel, started=started)
    if not name or len(arguments) < 6:
        told = f"system call {words[0]}" if not name and words[0].isdigit() else name
        return Call(thread, state, told, channel, started=started)
    private = name == "futex" and bool(arguments[1] & _PRIVATE)
    targets = tuple(sockets.named(target) for target in _targets(pid, name, arguments))
    return Call(thread, state, name, channel, targets, _timed(name, arguments), private, started)


def _timed(name: str, arguments: list[int]) -> bool | None:
    """Whether the call has a timeout."""
    if name in ("nanosleep", "sigtimedwait"):
        return True
    if name == "futex":
        return arguments[3] != 0
    if name == "select":
        return arguments[4] != 0
    if name in ("poll", "epoll"):  # poll: milliseconds, -1 for ever; ppoll: a pointer; epoll_wait has it as the fourth
        limit = arguments[2] if name == "poll" else arguments[3]
        return limit not in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0)
    return False if name in _BY_DESCRIPTOR or name in ("wait4", "waitid", "pause", "sigsuspend") else None


def _targets(pid: int, name: str, arguments: list[int]) -> Iterator[str]:
    """What a call waits for, as its arguments tell."""
    if name in ("wait4", "waitid"):
        child = arguments[0] if name == "wait4" else arguments[1]
        yield str(child) if 0 < child < 1 << 31 else "any child"
    elif name in _BY_DESCRIPTOR:
        yield from _link(pid, arguments[0])
    elif name == "poll":
        for descriptor in _polled(pid, arguments[0], min(arguments[1], POLLED)):
            yield from _link(pid, descriptor)
    elif name == "epoll":
        for line in text(f"/proc/{pid}/fdinfo/{arguments[0]}").splitlines()[:POLLED]:
            if line.startswith("tfd:"):
                yield from _link(pid, int(line.split()[1]))


def _polled(pid: int, address: int, count: int) -> list[int]:
    """The descriptors in an array of ``struct pollfd`` (poll(2)); none where the memory can't be read."""
    data = memory(pid, address, 8 * count)
    return [descriptor for descriptor, _events, _seen in struct.iter_unpack("=ihh", data[: len(data) // 8 * 8])]


def memory(pid: int, address: int, size: int) -> bytes:
    """Some bytes of a process's memory, b"" where they can't be read. The process goes on meanwhile."""
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
            return os.pread(file.fileno(), size, address)
    except (OSError, OverflowError):
        return b""


def _link(pid: int, descriptor: int) -> Iterator[str]:
    try:
        yield os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except OSError:
        return


def text(path: str) -> str:
    """What a file of the kernel's says, "" where there is none, or where we may not look."""
    try:
        with open(path, errors="backslashreplace") as file:
            return file.read()
    except OSError:
        return ""


class _Sockets:
    """The sockets of one process by their inodes, looked up when the first one is met."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._known: dict[str, str] | None = None

    def named(self, target: str) -> str:
        """``tcp 10.0.0.1:5432`` for ``socket:[123]``; anything else, and what is not known, as it is."""
        if not target.startswith("socket:["):
            return target
        if self._known is None:
            self._known = {}
            try:
                for one in psutil.Process(self._pid).net_connections(kind="all"):
                    link = os.readlink(f"/proc/{self._pid}/fd/{one.fd}")
                    where: Any = one.raddr if one.raddr else one.laddr
                    told = where if isinstance(where, str) else ":".join(map(str, where))
                    if told:
                        kind = "unix" if isinstance(where, str) else "tcp" if one.type == 1 else "udp"
                        end = " (listening)" if one.status == psutil.CONN_LISTEN else ""
                        self._known[link] = f"{kind} {told}{end}"
            except (psutil.Error, OSError):
                pass
        return self._known.get(target, target)
