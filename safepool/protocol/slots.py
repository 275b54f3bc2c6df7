"""Shared memory between the parent and each worker: what it does now, and what it has finished (the *journal*).

One region per pool, a slot per worker. Only the worker writes STATE, STARTED, BASE and the journal; only the parent
writes REVOKE_* and TAKEN (how often it has emptied the arena of answers). Each word is stored by one aligned 8-byte
copy, so a reader sees the old or the new value. Memory survives SIGKILL, which is the point: after a death the parent
reads here which task was in hand, and the small results that had not been sent yet.

Beside its slot each worker has two *arenas*, one for each direction: a large message that fits in is put there, and
only its frame goes through the pipe. That spares copies into and out of the kernel, and the pages for them.

Journal: the results of the items ``BASE .. BASE + n - 1``, one after the other, ``ends[i]`` being where result i
ends. An entry is valid as soon as STATE has moved past its item; BASE moves before old entries are overwritten.
"""

import mmap
import os
from typing import Any, List, Tuple

from .words import STAGE_BITS, STAGE_MASK

WORDS = 8
STATE, STARTED, REVOKE_END, REVOKE_FROM, BASE, MODE, TAKEN = range(7)


SLOT_SIZE = 1 << 16
MAX_ENTRIES = 1024
_HEADER = WORDS * 8
_DATA = _HEADER + MAX_ENTRIES * 4
JOURNAL_SIZE = SLOT_SIZE - _DATA
#: Bytes of an arena. Memory is taken only by those that are used; elsewhere than on Linux that is not so sure.
ARENA_SIZE = 1 << 21 if hasattr(os, "memfd_create") else 0


#: What MODE says of the journal: 0, results as bytes; else its data is an array of numbers of this type.
MODES: List[Any] = [bytes, int, float, bool, type(None)]
MAX_NUMBERS = JOURNAL_SIZE // 8

_NONES = [None] * MAX_NUMBERS


class Slot:
    """The views of one worker's slot: ``words`` (8 bytes each), ``ends`` (4 bytes each) and ``data``, which also is
    seen as an array of integers or floats; and the arenas for ``tasks`` and ``answers``."""

    __slots__ = ("answers", "data", "ends", "floats", "index", "integers", "tasks", "words")

    def __init__(self, region: mmap.mmap, index: int) -> None:
        start = index * SLOT_SIZE
        view = memoryview(region)
        self.index = index
        self.words = view[start : start + _HEADER].cast("Q")
        self.ends = view[start + _HEADER : start + _DATA].cast("I")
        self.data = view[start + _DATA : start + SLOT_SIZE]
        self.integers = self.data.cast("q")
        self.floats = self.data.cast("d")
        slots = len(view) // (SLOT_SIZE + 2 * ARENA_SIZE)
        start = slots * SLOT_SIZE + index * 2 * ARENA_SIZE
        self.tasks = view[start : start + ARENA_SIZE]
        self.answers = view[start + ARENA_SIZE : start + 2 * ARENA_SIZE]

    def clear(self) -> None:
        """Forget the previous user; the parent does so before it launches the next one here."""
        for i in range(WORDS):
            self.words[i] = 0

    def state(self) -> Tuple[int, int]:
        """(number of the item in hand or next, stage)."""
        word = self.words[STATE]
        return word >> STAGE_BITS, word & STAGE_MASK

    def numbers(self, mode: int) -> Any:
        """The array that a journal in this mode is. For None there is nothing to store."""
        return (_NONES, self.integers, self.floats, self.integers, _NONES)[mode]

    @staticmethod
    def as_list(mode: int, values: Any) -> List[Any]:
        """A part of such an array as the values that were stored."""
        if MODES[mode] is bool:
            return [value != 0 for value in values]
        return values if type(values) is list else values.tolist()

    def journal(self, upto: int) -> Tuple[int, List[Any]]:
        """(number of the first item, results of the items from there to ``upto``, exclusive): bytes or numbers.

        An empty list when the worker flushed meanwhile: then the results come through the pipe.
        """
        base = self.words[BASE]
        mode = self.words[MODE]
        count = upto - base
        found: List[Any] = []
        if 0 < mode < len(MODES):
            if 0 < count <= MAX_NUMBERS:
                found = self.as_list(mode, self.numbers(mode)[:count])
            return base, found if self.words[BASE] == base else []
        if not 0 < count <= MAX_ENTRIES:
            return base, []
        start = 0
        for end in self.ends[:count].tolist():
            if not start < end <= JOURNAL_SIZE:
                return base, []
            found.append(bytes(self.data[start:end]))
            start = end
        if self.words[BASE] != base:
            return base, []
        return base, found

    def release(self) -> None:
        self.words.release()
        self.ends.release()
        self.integers.release()
        self.floats.release()
        self.data.release()
        self.tasks.release()
        self.answers.release()


def create_region(slots: int) -> int:
    """A file descriptor of ``slots`` empty slots that has no name and vanishes with its last user."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("safepool", os.MFD_CLOEXEC)
    else:
        import tempfile

        fd, path = tempfile.mkstemp(prefix="safepool-")
        os.unlink(path)
    try:
        os.ftruncate(fd, slots * (SLOT_SIZE + 2 * ARENA_SIZE))
    except BaseException:
        os.close(fd)
        raise
    return fd


def map_region(fd: int) -> mmap.mmap:
    return mmap.mmap(fd, os.fstat(fd).st_size)
