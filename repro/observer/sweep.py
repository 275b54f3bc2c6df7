"""Ends what earlier runs left behind that were killed by SIGKILL: nobody else would, and a hung tree waits for ever.

Every run holds a lock on a file in its folder while it lives, and the kernel drops that lock with the process, however it ended
(flock(2)). A folder whose lock is free belongs to nobody any more; the processes of its cells name it in their environment.
Pids would not do: they are reused, and another container has its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from repro.subject.cell import DIRECTORY
from repro.tree import processes

LOCK = "lock"
PREFIX = "repro-"

#: The longest path of a folder for temporary files, in bytes: 104 for a socket's path (unix(7) says 108, macOS has 104), less
#: what a run and a cell of it put below that folder (``/repro-xxxxxxxx/c1234/tmp/pymp-xxxxxxxx/listener-xxxxxxxx``).
LONGEST_PLACE = 46


def place() -> Path:
    """The folder for temporary files; ``/tmp`` where its path is so long that the forkserver's socket would not fit: the pool
    under test would fail, and not because of its own."""
    usual = Path(tempfile.gettempdir())
    return usual if len(os.fsencode(usual)) <= LONGEST_PLACE else Path("/tmp")


def hold(folder: Path) -> int:
    """Take the lock of a run's folder. Returns a descriptor: close it, or end, and the lock is free."""
    unnamed = folder / f"{LOCK}.{os.getpid()}"
    fd = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    unnamed.rename(folder / LOCK)  # it appears locked: nobody finds it free in between
    return fd


def abandoned(folder: Path) -> bool:
    """Whether it is the folder of a run of ours that is not there any more."""
    try:
        if folder.stat().st_uid != os.getuid():
            return False
        fd = os.open(folder / LOCK, os.O_WRONLY)
    except OSError:
        return False  # it is being made or removed, or it is none of ours
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def sweep() -> None:
    """End the processes of abandoned runs, and remove their folders."""
    while remains := [process for process in processes.scan().values() if _is_abandoned(process)]:
        processes.kill(remains)  # again, until none is new: what is killed last may have replaced what was killed first
        processes.reap(remains)
    for folder in place().glob(f"{PREFIX}*"):
        if abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(process: processes.Process) -> bool:
    directory = None if process.zombie else processes.environment_of(process.pid, DIRECTORY)
    return directory is not None and abandoned(Path(directory).parent)
