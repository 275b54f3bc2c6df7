"""What a hung tree holds, and for what it waits: its processes, which of them have which end of which pipe, and in which system
calls their threads are. From /proc (proc(5)); Linux only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import struct
import termios
from collections.abc import Container, Iterable, Iterator

from repro.observation import Holding, Wait
from repro.tree import calls
from repro.tree.processes import Process


class Numbers:
    """Numbers for what the kernel names by numbers that say nothing: each kind from 1 on, in the order in which they are met."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}

    def of(self, kind: str, name: str) -> int:
        there = self._known.setdefault(kind, {})
        return there.setdefault(name, len(there) + 1)

    def known(self, kind: str) -> dict[str, int]:
        """The kernel's names of a kind, with their numbers."""
        return dict(self._known.get(kind, {}))

    def translated(self, target: str) -> str:
        """``pipe 3`` for ``pipe:[4711]``, where that pipe has a number; anything else as it is."""
        kind = _kind(target)
        number = self._known.get(kind, {}).get(target)
        return target if number is None else f"{kind} {number}"


def take(tree: Iterable[Process], numbers: Numbers | None = None) -> list[Holding]:
    """The processes of a tree, zombies included, each with the pipes and sockets that it holds, and what its threads wait for.

    numbers: takes the numbers that are given, for those who look further."""
    numbers = numbers or Numbers()
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


#: The system calls in which a pool waits, by number: those of sockets are reads and writes, too.
_CALLS = {
    number: {"recvfrom": "read", "recvmsg": "read", "sendto": "write", "sendmsg": "write"}.get(name, name)
    for number, name in calls.NAMES.items()
    if name in {"read", "write", "futex", "wait4", "waitid", "recvfrom", "recvmsg", "sendto", "sendmsg"}
}


def _waits(pid: int, numbers: Numbers) -> Iterator[Wait]:
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


def sharing(pids: Iterable[int], pipes: Container[str]) -> Iterator[int]:
    """Which of some processes have one of these pipes (``pipe:[4711]``) open; those that we may not look at are not told."""
    for pid in pids:
        if any(target in pipes for target in pipes_of(pid)):
            yield pid


def pipes_of(pid: int) -> set[str]:
    """The kernel's names of the pipes that a process has open."""
    return {target for kind, target in _links(pid) if kind == "pipe"}


def standard_streams(pid: int) -> set[str]:
    """The pipes that are a process's standard streams: they lead to whoever reads its output, a shell or a log."""
    found = set()
    for descriptor in range(3):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
    return found


def filled(pid: int, pipe: str) -> int | None:
    """How many bytes lie in a pipe that a process has open (FIONREAD, pipe(7)); None where that can't be told.

    It is opened for that, for reading, for some microseconds; nothing is taken out of it."""
    for descriptor in _descriptors(pid):
        place = f"/proc/{pid}/fd/{descriptor}"
        try:
            if os.readlink(place) != pipe:
                continue
            opened = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            return int(struct.unpack("i", fcntl.ioctl(opened, termios.FIONREAD, b"\0" * 4))[0])
        except OSError:
            return None
        finally:
            os.close(opened)
    return None


def _descriptors(pid: int) -> list[str]:
    try:
        return sorted(os.listdir(f"/proc/{pid}/fd"), key=int)
    except OSError:
        return []


def _links(pid: int) -> Iterator[tuple[str, str]]:
    """The pipes and sockets that a process has open: kind and name."""
    for descriptor in _descriptors(pid):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        except OSError:
            continue
        if kind := _kind(target):
            yield kind, target


def _kind(target: str) -> str:
    """``pipe`` or ``socket``, by where a descriptor leads; "" for anything else."""
    match = re.match(r"(pipe|socket):\[", target)
    return match[1] if match else ""


def _open_files(pid: int) -> Iterator[tuple[str, str, int]]:
    """The pipes and sockets that a process has open: kind, name, and the flags of each descriptor."""
    for descriptor in _descriptors(pid):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            if not _kind(target):
                continue
            with open(f"/proc/{pid}/fdinfo/{descriptor}") as file:
                flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
        except (OSError, StopIteration, ValueError):
            continue
        yield _kind(target), target, flags
