"""Shared memory between the parent and each worker: what it does now, and what it has finished (the *journal*).

One region per pool, a slot per worker. Only the worker writes STATE, STARTED, BASE, PID, STARTTIME and the journal; only the
parent writes REVOKE_* and TAKEN (how often it has emptied the arena of answers). Each word is stored by one aligned 8-byte
copy, so a reader sees the old or the new value. Memory survives SIGKILL, which is the point: after a death the parent
reads here which task was in hand, and the small results that had not been sent yet.

PID and STARTTIME say which process the worker is (:meth:`Slot.identity`), whatever becomes of the template that launched it
and of the template's report. A slot may be given to another worker only when the one before is known to be dead, or
known never to have been: a worker that was launched late notes itself here as well.

Beside its slot each worker has two *arenas*, one for each direction: a large message that fits in is put there, and
only its frame goes through the pipe. That spares copies into and out of the kernel, and the pages for them. They lie
behind the slots in the same file, and are mapped when the first such message comes (:class:`Arena`).

Journal: the results of the items ``BASE .. BASE + n - 1``, one after the other, ``ends[i]`` being where result i
ends. An entry is valid as soon as STATE has moved past its item; BASE moves before old entries are overwritten.
"""

import errno
import mmap
import os
from typing import Any, List, Optional, Tuple

from .originals import System, cooperative, getpid
from .region import ARENA_SIZE, SLOT_SIZE
from .words import STAGE_BITS, STAGE_MASK

WORDS = 16
STATE, STARTED, REVOKE_END, REVOKE_FROM, BASE, MODE, TAKEN, PID, STARTTIME = range(9)

MAX_ENTRIES = 1024
_HEADER = WORDS * 8
_DATA = _HEADER + MAX_ENTRIES * 4
JOURNAL_SIZE = SLOT_SIZE - _DATA


#: What MODE says of the journal: 0, results as bytes; else its data is an array of numbers of this type.
MODES: List[Any] = [bytes, int, float, bool, type(None)]
MAX_NUMBERS = JOURNAL_SIZE // 8

_NONES = [None] * MAX_NUMBERS


class Arenas:
    """The memory of one slot's two arenas, mapped at the first use."""

    def __init__(self, region: Any, index: int) -> None:
        self.region = region
        self.index = index
        self.exist = getattr(region, "arenas", False)
        self._map: Optional[mmap.mmap] = None
        self._view: Optional[memoryview] = None

    def memory(self) -> Optional[memoryview]:
        """The memory of both; None if it cannot be had, now (no addresses left, RLIMIT_AS) or ever."""
        if self._view is None and self.exist:
            try:
                self._map, self._view = self.region.map_arenas(self.index)
            except (OSError, ValueError, MemoryError):
                return None
        return self._view

    def read(self, start: int, stop: int) -> memoryview:
        """A part of the file, for who cannot map it."""
        if not self.exist or not self.region.is_ours(self.region.fd):
            raise OSError(errno.EBADF, "the descriptor of safepool's shared memory has been closed")
        data = bytearray(stop - start)
        target, position = memoryview(data), self.region.slots * SLOT_SIZE + self.index * 2 * ARENA_SIZE + start
        while target:
            count = System.preadv(self.region.fd, [target], position)
            if not count:
                raise OSError(errno.EIO, "safepool's shared memory is shorter than it was")
            target, position = target[count:], position + count
        return memoryview(data)

    def release(self) -> None:
        found, view = self._map, self._view
        self._map = self._view = None
        self.exist = False
        try:
            if view is not None:
                view.release()
            if found is not None:
                found.close()
        except BufferError:
            pass  # somebody still has a part of it, and it goes with that


class Arena:
    """One of a slot's two arenas, as much of a buffer as its users need: ``len()``, reading and storing a slice.

    Mapped when it is used: who is going to put a message there asks ``len()``, which is 0 if the memory cannot be had.
    Then that message goes through the pipe. Who has to read one, which the other side was able to put here, can do so
    without mapping it.
    """

    __slots__ = ("_arenas", "_start", "_view")

    def __init__(self, arenas: Arenas, start: int) -> None:
        self._arenas = arenas
        self._start = start
        self._view: Optional[memoryview] = None

    def _memory(self) -> Optional[memoryview]:
        if self._view is None:
            both = self._arenas.memory()
            if both is not None:
                self._view = both[self._start : self._start + ARENA_SIZE]
        return self._view

    @property
    def mapped(self) -> bool:
        return self._view is not None

    def __len__(self) -> int:
        return 0 if self._memory() is None else ARENA_SIZE

    def __getitem__(self, part: slice) -> memoryview:
        view = self._memory()
        if view is not None:
            return view[part]
        start, stop, _ = part.indices(ARENA_SIZE)
        return self._arenas.read(self._start + start, self._start + stop)

    def __setitem__(self, part: slice, data: Any) -> None:
        view = self._memory()
        if view is None:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        view[part] = data

    def release(self) -> None:
        if self._view is not None:
            self._view.release()
            self._view = None
        self._arenas.release()


class Slot:
    """The views of one worker's slot: ``words`` (8 bytes each), ``ends`` (4 bytes each) and ``data``, which also is
    seen as an array of integers or floats; and the arenas for ``tasks`` and ``answers``."""

    __slots__ = ("answers", "data", "ends", "floats", "index", "integers", "tasks", "words")

    def __init__(self, region: Any, index: int) -> None:
        start = index * SLOT_SIZE
        view = memoryview(region)
        self.index = index
        self.words = view[start : start + _HEADER].cast("Q")
        self.ends = view[start + _HEADER : start + _DATA].cast("I")
        self.data = view[start + _DATA : start + SLOT_SIZE]
        self.integers = self.data.cast("q")
        self.floats = self.data.cast("d")
        arenas = Arenas(region, index)
        self.tasks = Arena(arenas, 0)
        self.answers = Arena(arenas, ARENA_SIZE)

    def claim(self) -> None:
        """This process is the slot's worker. First when it was born, then who it is: who is told finds both."""
        self.words[STARTTIME] = start_time()
        self.words[PID] = getpid()

    def identity(self) -> Optional[Tuple[int, int]]:
        """(pid, start time) of the worker, or None as long as no worker has noted itself here.

        The time tells it from a later process with the same pid; it is 0 where there is no way to tell
        (:func:`start_time`).
        """
        pid = self.words[PID]
        return (pid, self.words[STARTTIME]) if pid else None

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
        for view in (self.words, self.ends, self.integers, self.floats, self.data, self.tasks, self.answers):
            try:
                view.release()
            except BufferError:
                pass  # somebody is just using it; the others go all the same


def start_time() -> int:
    """When this process was born, in clock ticks since the system was (field 22 of ``/proc/self/stat``).

    0 where there is no ``/proc``, or only that of another pid namespace, where our numbers are those of other processes.
    """
    try:
        fd = System.open("/proc/self/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = System.read(fd, 4096)
        finally:
            cooperative("os", "close")(fd)
        # The second field is the name, in parentheses, and may have spaces and parentheses in it.
        return int(data[data.rindex(b")") + 2 :].split()[19]) if int(data.split(None, 1)[0]) == getpid() else 0
    except (OSError, ValueError, IndexError):
        return 0
