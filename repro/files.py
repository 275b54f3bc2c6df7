"""Reads files that somebody else may have made: regular ones only, and never more of them than a bound. Knows the user's folders.

A FIFO blocks whoever opens it, ``/dev/zero`` never ends, and of a file its size is known only when it has been read.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

MIB = 1 << 20

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


class Refused(ValueError):
    """A file that is not read. The message says why, and is the rest of a sentence that begins with its name."""


def content(path: Path, most: int) -> bytes:
    """The bytes of a regular file. most: how many there may be.

    Raises Refused for what is no regular file, or larger; OSError for what can't be read.
    """
    _check(os.stat(path))  # before it is opened: opening some devices does something
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _check(os.fstat(descriptor))
        found = file.read(most + 1)
    if len(found) > most:
        raise Refused(f"is larger than {in_words(most)}, the most that is read of it")
    return found


def in_words(size: int) -> str:
    """A number of bytes: ``64 KiB``, ``256 MiB``."""
    return f"{size // MIB} MiB" if size >= MIB else f"{size // 1024} KiB"


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"is {_KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, and no regular file")


def cache(name: str) -> Path:
    """A folder of the suite's in the user's cache, there or not."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "repro" / name


def state(name: str) -> Path:
    """A file or folder of the suite's in the user's state folder, there or not: what is kept, and can't be made anew."""
    return Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")) / "repro" / name
