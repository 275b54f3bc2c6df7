"""The file that a pool's processes share: how is it made, and how is it mapped?

First the slots of all workers, then their arenas (``slots`` says what is in both). It has no name, and goes with its last user.
"""

import errno
import mmap
import os
import signal
import sys
from typing import Any, List, Optional, Tuple

from .descriptors import close_last, note
from .originals import System

#: Bytes of a worker's slot.
SLOT_SIZE = 1 << 16
#: Bytes of an arena. Neither memory nor addresses are taken by those that are not used.
ARENA_SIZE = 1 << 21

#: Up to Python 3.12 each map keeps a descriptor of its own, which is of no use to us. Later ones can be told not to.
_UNTRACKED: Any = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Region(mmap.mmap):
    """The slots of a pool, mapped; and where in the file the arenas are, if it has any.

    The number of descriptors that a parent holds must not grow with what its workers are sent. So where a map keeps one, the
    parent maps the arenas of all its workers with the first that is used, and has the descriptor for that in reserve (``spare``).
    A worker maps its own two.
    """

    fd = -1
    slots = 0
    arenas = False
    spare: List[int]
    _file = (0, 0)
    _all: Optional[mmap.mmap] = None

    def is_ours(self, fd: int) -> bool:
        """Does ``fd`` still refer to the region's file?

        A program that daemonizes closes all descriptors that it does not know, and the next file that it opens gets the number
        of one of ours. To map that one, and to write results over it, would be worse than anything that arenas are good for.
        """
        try:
            found = System.fstat(fd)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._file

    def map_arenas(self, index: int) -> Tuple[Optional[mmap.mmap], memoryview]:
        """A map of one slot's two arenas (None if it is not that slot's alone), and their memory. Raises OSError."""
        if not self.arenas or not self.is_ours(self.fd):
            raise OSError(errno.EBADF, "the descriptor of safepool's shared memory has been closed")
        start, first = index * 2 * ARENA_SIZE, self.slots * SLOT_SIZE
        if not self.spare and self._all is None:
            mine = System.mmap(self.fd, 2 * ARENA_SIZE, offset=first + start, **_UNTRACKED)
            return mine, memoryview(mine)
        if self._all is None:
            self._drop_spare()
            try:
                self._all = System.mmap(self.fd, self.slots * 2 * ARENA_SIZE, offset=first)
            except BaseException:
                note(self.spare, System.dup, self.fd)
                raise
        return None, memoryview(self._all)[start : start + 2 * ARENA_SIZE]

    def _drop_spare(self) -> None:
        while self.spare:
            if self.is_ours(self.spare[-1]):
                close_last(self.spare)
            else:
                self.spare.pop()

    def close(self) -> None:
        everything, self._all = self._all, None
        try:
            if everything is not None:
                everything.close()
        except BufferError:
            pass  # a view is left, and the map goes with it
        finally:
            self._drop_spare()
            super().close()


def create_region(slots: int, book: List[int]) -> int:
    """A file descriptor of ``slots`` empty slots that has no name and vanishes with its last user; noted in ``book``.

    A seccomp filter or a kernel setting may forbid ``memfd_create``, and not every system has it. Any other file does, but
    it has no arenas: its file system may become full, and then who stores to a page that is not there yet is killed
    (SIGBUS). The slots themselves get their pages here, while there still is somebody to tell.
    """
    problem: Optional[OSError] = None
    for make, arenas in ((_memory, True), (_file_in_memory, False), (_temporary_file, False)):
        try:
            fd = make(book)
        except OSError as error:
            if problem is None or problem.errno != errno.EFBIG:  # which says what limit it is
                problem = error
            continue
        try:
            _make_room(fd, slots, arenas)
            return fd
        except OSError as error:
            close_last(book)
            problem = error
    assert problem is not None
    raise problem


def _memory(book: List[int]) -> int:
    return note(book, System.memfd_create, "safepool", getattr(os, "MFD_CLOEXEC", 0))


def _file_in_memory(book: List[int]) -> int:
    return _temporary_file(book, "/dev/shm")


def _temporary_file(book: List[int], folder: Optional[str] = None) -> int:
    import tempfile

    fd, path = tempfile.mkstemp(prefix="safepool-", dir=folder)
    book.append(fd)
    System.unlink(path)
    return fd


def _make_room(fd: int, slots: int, arenas: bool) -> None:
    """Give the file its size. One without arenas is a byte longer than its slots, by which it is known."""
    small, full = slots * SLOT_SIZE + 1, slots * (SLOT_SIZE + 2 * ARENA_SIZE)
    if arenas and _resized(fd, full):
        return
    if _resized(fd, small):
        if not arenas and hasattr(os, "posix_fallocate"):
            System.posix_fallocate(fd, 0, small)
        return
    raise OSError(
        errno.EFBIG,
        f"the limit on the size of files (RLIMIT_FSIZE, `ulimit -f`) is less than the {small // 1024} KiB of memory "
        "that the pool shares with its workers",
    )


def _resized(fd: int, size: int) -> bool:
    """Make a file as long as that; False if RLIMIT_FSIZE forbids it.

    That limit is for what programs write to disks, and holds for memory files as well. Where its hard limit allows, the
    soft one is lifted for the moment of the call.
    """
    if System.getsignal(signal.SIGXFSZ) is System.SIG_IGN:
        # As Python does at its start. In a program that undid that, who goes beyond the limit is killed.
        try:
            System.ftruncate(fd, size)
            return True
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise
    import resource

    limits = soft, hard = System.getrlimit(resource.RLIMIT_FSIZE)
    if soft == resource.RLIM_INFINITY or soft >= size:
        System.ftruncate(fd, size)
        return True
    if hard != resource.RLIM_INFINITY and hard < size:
        return False
    System.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        System.ftruncate(fd, size)
    finally:
        System.setrlimit(resource.RLIMIT_FSIZE, limits)
    return True


def map_region(fd: int, whole: bool = True) -> Region:
    """``whole``: for the parent, which is going to use all slots."""
    found = System.fstat(fd)
    extra = found.st_size % SLOT_SIZE
    size = found.st_size - extra
    slots = size // SLOT_SIZE if extra else size // (SLOT_SIZE + 2 * ARENA_SIZE)
    region = Region(fd, slots * SLOT_SIZE, **_UNTRACKED)
    region.fd, region.slots, region.arenas = fd, slots, not extra
    region._file = (found.st_dev, found.st_ino)
    region.spare = []
    try:
        if whole and region.arenas and not _UNTRACKED:
            note(region.spare, System.dup, fd)
    except BaseException:
        region.close()  # now: a traceback that somebody keeps has this frame, and the region with its descriptor
        raise
    return region
