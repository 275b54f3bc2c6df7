"""Reads files that somebody else may have made: regular ones only, and never more of them than a bound. Knows the user's folders.

A FIFO blocks whoever opens it, ``/dev/zero`` never ends, and of a file its size is known only when it has been read.
"""

from __future__ import annotations

import io
import lzma
import os
import stat
from pathlib import Path

MIB = 1 << 20
#: How a file is called whose content is compressed with xz: records shrink to a twentieth.
COMPRESSED = ".xz"
#: How much memory xz may want, in bytes; ``xz -9`` wants 65 MiB.
XZ_MEMORY = 128 * MIB

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
    found = beginning(path, most + 1)
    if len(found) > most:
        raise Refused(f"is larger than {in_words(most)}, the most that is read of it")
    return found


def beginning(path: Path, size: int) -> bytes:
    """The first bytes of a regular file, and no more than ``size``. Raises Refused for what is none; OSError."""
    _check(os.stat(path))  # before it is opened: opening some devices does something
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _check(os.fstat(descriptor))
        return file.read(size)


def unpacked(path: Path, most: int) -> bytes:
    """The bytes of a regular file, or, where its name ends in ``.xz``, what is packed in it. most: how many there may be.

    Raises Refused for what is no regular file, or larger, or not whole; OSError for what can't be read. Of something that unpacks
    to more than ``most``, no more than that is unpacked.
    """
    packed = content(path, most)
    if path.suffix != COMPRESSED:
        return packed
    found = io.BytesIO()
    try:
        while packed:  # several streams may be in one file
            stream = lzma.LZMADecompressor(memlimit=XZ_MEMORY)
            while not stream.eof:
                if stream.needs_input and not packed:
                    raise Refused("is not whole: the end of what xz wrote is missing")
                found.write(stream.decompress(packed, most + 1 - found.tell()))
                packed = b""
                if found.tell() > most:
                    raise Refused(f"unpacks to more than {in_words(most)}, the most that is read of it")
            packed = stream.unused_data.lstrip(b"\0")
    except lzma.LZMAError as error:
        raise Refused(f"is not whole, or not a file of xz: {error}") from error
    return found.getvalue()


def unpacked_beginning(path: Path, size: int) -> bytes:
    """The first bytes of what ``unpacked`` gives, and no more than ``size``: what a file is, its beginning tells.

    Fewer where xz needs more than 64 KiB to begin. Raises Refused for what is no regular file, or not packed as its name says;
    OSError for what can't be read.
    """
    if path.suffix != COMPRESSED:
        return beginning(path, size)
    try:
        return lzma.LZMADecompressor(memlimit=XZ_MEMORY).decompress(beginning(path, 1 << 16), size)
    except lzma.LZMAError as error:
        raise Refused(f"is not a file of xz: {error}") from error


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
