"""Full file systems, for this process and its children alone: Linux, and the right to mount.

A namespace of mounts (mount_namespaces(7)) of its own has a tmpfs of one page over a folder, and the page is taken. The
namespace ends with its last process, and the mount with it: nothing is left, whatever kills whom.
"""

from __future__ import annotations

import ctypes
import os

from .scenario import UnsupportedError
from .script import Script

#: unshare(2), mount(2).
_CLONE_NEWNS = 0x00020000
_MS_REC, _MS_PRIVATE = 1 << 14, 1 << 18


def fill(folder: str) -> None:
    """Let a folder be on a file system without room, for names either. Raises UnsupportedError where that can't be had."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        _check(libc.unshare(_CLONE_NEWNS), "a namespace of mounts")
        _check(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "private mounts")
        # one inode is the folder's own, one that of the file that takes the page
        _check(libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"size=4k,nr_inodes=2"), "a tmpfs")
    except AttributeError as error:
        raise UnsupportedError(f"a full file system can't be had here: {error}") from error
    fd = os.open(os.path.join(folder, "taken"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while True:
            os.write(fd, bytes(4096))
    except OSError:
        pass  # ENOSPC: that is what was wanted
    finally:
        os.close(fd)


def full_script(folder: str) -> Script:
    """A program that does what ``fill`` does, to a folder, which is a text of the program."""
    return Script(
        prepare=f"""
            folder, libc = {folder}, ctypes.CDLL(None)
            assert libc.unshare(0x20000) == 0, "needs root"  # CLONE_NEWNS: mounts of its own
            libc.mount(b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
            libc.mount(b"none", folder.encode(), b"tmpfs", 0, b"size=4k,nr_inodes=2")
            open(folder + "/taken", "wb").write(bytes(4096))  # it is full now
        """,
        note="Needs root (CAP_SYS_ADMIN); the full folder is the program's own, and ends with it.",
    )


def _check(result: int, what: str) -> None:
    if result != 0:
        reason = os.strerror(ctypes.get_errno())
        raise UnsupportedError(f"a full file system can't be had here: {what}: {reason}; it takes root (CAP_SYS_ADMIN)")
