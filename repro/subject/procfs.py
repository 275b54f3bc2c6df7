"""What the kernel says of other processes, from ``/proc`` (proc(5)): Linux only."""

from __future__ import annotations

import os

from .rendezvous import await_true
from .scenario import UnsupportedError


def bytes_read_by(pid: int) -> int:
    """How many bytes a process has read so far by read(2) and its like, from pipes too (rchar in proc_pid_io(5)). Linux only."""
    try:
        with open(f"/proc/{pid}/io") as file:
            return int(file.readline().split()[1])
    except OSError as error:
        raise UnsupportedError(f"what process {pid} has read can't be seen here: {error}") from error


def alive(pid: int) -> bool:
    """Whether it still runs; a zombie does not."""
    return state(pid) not in ("Z", "X", "")


def state(pid: int) -> str:
    """Its state: R, S, D, T (stopped), Z (zombie), X; "" where there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def threads_of(pid: int) -> list[int]:
    """The ids of its threads: ``/proc`` has each of them, like a process; none where there is no such process."""
    try:
        return [int(thread) for thread in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def stopped(pid: int) -> bool:
    """Whether each of its threads is stopped: SIGSTOP takes its time to reach them all."""
    return all(state(thread) == "T" for thread in threads_of(pid))


def waits_in(pid: int) -> str:
    """The function of the kernel in which it sleeps, a process's main thread or any thread, where the kernel says so."""
    try:
        with open(f"/proc/{pid}/wchan") as file:
            return file.read()
    except OSError:
        return ""


def the_reader(workers: list[int]) -> int:
    """Of idle workers, the one that waits in the read of a pipe, where the kernel says so; else any."""
    return _who_waits_in("pipe", workers)


def who_waits_for_a_lock(workers: list[int]) -> int:
    """Of workers, one that waits for a lock (futex(2)), where the kernel says so; else any."""
    return _who_waits_in("futex", workers)


def _who_waits_in(function: str, workers: list[int]) -> int:
    """A worker that answered a moment ago may not be there yet, and hold another lock on its way."""
    found: list[int] = []

    def look() -> bool:
        found[:] = [pid for pid in workers if function in waits_in(pid)]
        return bool(found)

    await_true(look, 1.0)
    return (found or workers)[0]


def children_of(parent: int) -> list[int]:
    """The children of a process that still run."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] not in "ZX":
                found.append(int(entry))
    return found
