"""What a hung tree holds, and for what it waits: its processes, which of them have which end of which pipe, and in which system
calls their threads are. From /proc (proc(5)); Linux only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from repro.observation import Holding
from repro.tree.processes import Process


def take(tree: Iterable[Process]) -> list[Holding]:
    """The processes of a tree, zombies included, each with the pipes that it holds.

    Pipes are numbered in the order in which they are met, since the kernel's numbers say nothing; so are semaphores.
    """
    numbers: dict[str, int] = {}
    semaphores: dict[str, int] = {}
    found = []
    for process in sorted(tree, key=lambda one: one.pid):
        reads, writes = [], []
        for pipe, flags in _pipes(process.pid):
            number = numbers.setdefault(pipe, len(numbers) + 1)
            mode = flags & os.O_ACCMODE
            if mode in (os.O_RDONLY, os.O_RDWR):
                reads.append(number)
            if mode in (os.O_WRONLY, os.O_RDWR):
                writes.append(number)
        waits = sorted(set(_waits(process.pid, numbers, semaphores)))
        found.append(
            Holding(process.pid, process.parent, process.state, sorted(set(reads)), sorted(set(writes)), waits)
        )
    return found


#: The numbers of the system calls in which a pool waits, by machine (Linux: arch/*/.../syscall tables).
_CALLS = {
    "x86_64": {0: "read", 1: "write", 202: "futex", 61: "wait4", 247: "waitid"},
    "aarch64": {63: "read", 64: "write", 98: "futex", 260: "wait4", 95: "waitid"},
}.get(os.uname().machine, {})


def _waits(pid: int, pipes: dict[str, int], semaphores: dict[str, int]) -> Iterator[str]:
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
                if target in pipes:
                    yield f"{call} pipe {pipes[target]}"
            elif call == "futex":
                mapping = _shared_mapping(pid, first)
                if mapping is not None:
                    yield f"semaphore {semaphores.setdefault(mapping, len(semaphores) + 1)}"
            elif call in ("wait4", "waitid"):
                child = first if call == "wait4" else second
                if 0 < child < 1 << 31:
                    yield f"exit of {child}"
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


def _pipes(pid: int) -> Iterable[tuple[str, int]]:
    """The pipes and sockets that a process has open, with the flags of each descriptor."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for descriptor in descriptors:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            if not re.match(r"pipe:\[", target):
                continue
            with open(f"/proc/{pid}/fdinfo/{descriptor}") as file:
                flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
        except (OSError, StopIteration, ValueError):
            continue
        yield target, flags
