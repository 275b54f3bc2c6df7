"""What a hung tree holds, and for what it waits: its processes, which of them have which end of which pipe, and in which system
calls their threads are. From /proc (proc(5)); Linux only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from repro.observation import Holding, Wait
from repro.tree.processes import Process


class _Numbers:
    """Numbers for what the kernel names by numbers that say nothing: each kind from 1 on, in the order in which they are met."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}

    def of(self, kind: str, name: str) -> int:
        there = self._known.setdefault(kind, {})
        return there.setdefault(name, len(there) + 1)


def take(tree: Iterable[Process]) -> list[Holding]:
    """The processes of a tree, zombies included, each with the pipes and sockets that it holds, and what its threads wait for."""
    numbers = _Numbers()
    found = []
    for process in sorted(tree, key=lambda one: one.pid):
        reads, writes, sockets = set(), set(), set()
        for kind, target, flags in _open_files(process.pid):
            number = numbers.of(kind, target)
            mode = flags & os.O_ACCMODE
            if kind == "socket":
                sockets.add(number)
            elif mode in (os.O_RDONLY, os.O_RDWR):
                reads.add(number)
            if kind == "pipe" and mode in (os.O_WRONLY, os.O_RDWR):
                writes.add(number)
        threads = sorted(_waits(process.pid, numbers), key=lambda wait: wait.thread)
        words = sorted(
            {f"{wait.call} {wait.target}" if wait.descriptor is not None else wait.target for wait in threads}
        )
        found.append(
            Holding(
                *(process.pid, process.parent, process.state, sorted(reads), sorted(writes), words, threads),
                sorted(sockets),
            )
        )
    return found


#: The numbers of the system calls in which a pool waits, by machine (Linux: arch/*/.../syscall tables).
_CALLS = {
    "x86_64": {
        **{0: "read", 1: "write", 202: "futex", 61: "wait4", 247: "waitid"},
        **{45: "read", 47: "read", 44: "write", 46: "write"},  # recvfrom, recvmsg, sendto, sendmsg
    },
    "aarch64": {
        **{63: "read", 64: "write", 98: "futex", 260: "wait4", 95: "waitid"},
        **{207: "read", 212: "read", 206: "write", 211: "write"},
    },
}.get(os.uname().machine, {})


def _waits(pid: int, numbers: _Numbers) -> Iterator[Wait]:
    """What the threads of a process wait for, where their system call names something that others can see, too.

    /proc/PID/task/TID/syscall has the number of the call and its arguments: the descriptor of a read, the address of a futex. A
    futex in memory that is shared is a semaphore of multiprocessing (sem_overview(7)); one in private memory is a lock among
    threads. Nothing where the kernel does not tell (it needs the right to trace the process).
    """
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/syscall") as file:
                words = file.read().split()
            call, first, second = _CALLS.get(int(words[0]), ""), int(words[1], 16), int(words[2], 16)
            if call in ("read", "write"):
                target = os.readlink(f"/proc/{pid}/fd/{first}")
                kind = _kind(target)
                if kind:
                    yield Wait(int(thread), call, first, f"{kind} {numbers.of(kind, target)}")
            elif call == "futex":
                mapping = _shared_mapping(pid, first)
                if mapping is not None:
                    yield Wait(int(thread), "semaphore", None, f"semaphore {numbers.of('semaphore', mapping)}")
            elif call in ("wait4", "waitid"):
                child = first if call == "wait4" else second
                if 0 < child < 1 << 31:
                    yield Wait(int(thread), "exit", None, f"exit of {child}")
        except (OSError, ValueError, IndexError):  # it ran ("running"), it ended, or we may not look
            continue


def _shared_mapping(pid: int, address: int) -> str | None:
    """The file behind an address that is mapped shared, as device, inode and the offset in it; None for private memory."""
    with open(f"/proc/{pid}/maps") as file:
        for line in file:
            place, mode, offset, device, inode = line.split()[:5]
            start, end = (int(one, 16) for one in place.split("-"))
            if start <= address < end:
                return f"{device} {inode} {int(offset, 16) + address - start}" if mode.endswith("s") else None
    return None


def _kind(target: str) -> str:
    """``pipe`` or ``socket``, by where a descriptor leads; "" for anything else."""
    match = re.match(r"(pipe|socket):\[", target)
    return match[1] if match else ""


def _open_files(pid: int) -> Iterator[tuple[str, str, int]]:
    """The pipes and sockets that a process has open: kind, name, and the flags of each descriptor."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for descriptor in sorted(descriptors, key=int):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            if not _kind(target):
                continue
            with open(f"/proc/{pid}/fdinfo/{descriptor}") as file:
                flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
        except (OSError, StopIteration, ValueError):
            continue
        yield _kind(target), target, flags
