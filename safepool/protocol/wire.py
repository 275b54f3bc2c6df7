"""Frames on a worker's pipes: a fixed header, a small envelope, and large buffers as they are.

``header (body length, number of buffers, kind) | length of each buffer | body | buffers``. The body is an
envelope written by :mod:`marshal`, which holds numbers and bytes only and runs nobody's code when it is read; what
users' code makes travels inside as pickled bytes. Buffers (large pickles, protocol-5 buffers) are
written from where they are and read into memory of their own, without being joined.
"""

import itertools
import marshal
import struct
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple, Union

from .originals import System

HEADER = struct.Struct("<QII")
LENGTH = struct.Struct("<Q")


#: Added to the kind of a frame whose buffers are in the arena of the slot, one after the other.
IN_ARENA = 1 << 8

READ_SIZE = 1 << 16
IOV_MAX = 512

Buffer = Union[bytes, bytearray, memoryview]


def frame(kind: int, envelope: Any, lengths: Sequence[int] = ()) -> bytes:
    """The head of a frame and its envelope; the buffers of ``lengths`` bytes are to follow it."""
    body = marshal.dumps(envelope)
    head = HEADER.pack(len(body), len(lengths), kind)
    if lengths:
        return head + struct.pack(f"<{len(lengths)}Q", *lengths) + body
    return head + body


def put(arena: Any, parts: Sequence[Buffer]) -> None:
    """Copy ``parts`` into the arena, which is large enough and empty."""
    position = 0
    for part in parts:
        view = memoryview(part).cast("B")
        arena[position : position + len(view)] = view
        position += len(view)


def write_all(fd: int, parts: Sequence[Buffer]) -> None:
    """Write ``parts`` to a blocking descriptor, however often the kernel takes only a part."""
    if len(parts) == 1 and type(parts[0]) is bytes:
        written = System.write(fd, parts[0])
        if written == len(parts[0]):
            return
        parts = [memoryview(parts[0])[written:]]
    views = [memoryview(part).cast("B") for part in parts if len(part)]
    while views:
        views = consume(views, System.writev(fd, views[:IOV_MAX]))


def consume(views: List[memoryview], written: int) -> List[memoryview]:
    """``views`` without their first ``written`` bytes."""
    for i, view in enumerate(views):
        if written < len(view):
            rest = views[i:]
            rest[0] = view[written:]
            return rest
        written -= len(view)
    return []


class Unheld(NamedTuple):
    """In the place of a buffer: so many ``bytes`` that there is no memory for."""

    bytes: int


def _unread(part: Any, have: int) -> Any:
    """Where what follows the first ``have`` bytes of ``part`` is read to; or how much of it is read past."""
    return part.bytes - have if type(part) is Unheld else memoryview(part)[have:]


def _size(part: Any) -> int:
    return part.bytes if type(part) is Unheld else len(part)


class Parser:
    """Turns a stream of bytes into frames, without I/O: ask ``target()`` where to read to, tell ``fed()``.

    ``target()`` is None while a header is awaited (then ``feed`` bytes of any number), else the memory that
    the next bytes of a large frame belong to. Buffers in the ``arena`` (a buffer, or ``slots.Arena``) come as views of
    it: they have to be read before the other side may use it again.

    ``may_refuse``: a buffer for which there is no memory (RLIMIT_AS, say) is read past, and an :class:`Unheld` is in its place.
    Else that is a MemoryError.
    """

    def __init__(self, arena: Any, may_refuse: bool = False) -> None:
        self._arena = arena
        self._may_refuse = may_refuse
        self._bin: Any = b""  # where what is read past is read to, again and again
        self._data = b""
        self._pending: List[Union[memoryview, int]] = []  # memory to be filled, or so many bytes to be read past
        self._body: Optional[bytearray] = None
        self._buffers: List[Any] = []
        self._kind = 0

    def target(self) -> Optional[memoryview]:
        if not self._pending:
            return None
        first = self._pending[0]
        return first if type(first) is memoryview else memoryview(self._bin)[:first]

    @property
    def partial(self) -> bool:
        """Is a frame begun and not finished?"""
        return bool(self._data or self._pending or self._body is not None)

    def fed(self, count: int) -> Optional[Tuple[int, Any, List[Any]]]:
        """``count`` bytes were written to ``target()``; the frame, if that completed it."""
        first = self._pending[0]
        if count < (len(first) if type(first) is memoryview else first):
            self._pending[0] = first[count:] if type(first) is memoryview else first - count
            return None
        del self._pending[0]
        return None if self._pending else self._finish()

    def _memory(self, lengths: Sequence[int]) -> List[Any]:
        """Memory for buffers; where there is none, a note that one is to be read past."""
        buffers: List[Any] = []
        for length in lengths:
            try:
                buffers.append(bytearray(length))
            except MemoryError:
                if not self._may_refuse:
                    raise
                self._bin = self._bin or bytearray(READ_SIZE)
                buffers.append(Unheld(length))
        return buffers

    def _views(self, lengths: Sequence[int]) -> List[Any]:
        ends = list(itertools.accumulate(lengths))
        return [self._arena[end - length : end] for end, length in zip(ends, lengths)]

    def _finish(self) -> Tuple[int, Any, List[Any]]:
        assert self._body is not None
        message = (self._kind, marshal.loads(self._body), self._buffers)
        self._body, self._buffers = None, []
        return message

    def feed(self, data: bytes, found: List[Tuple[int, Any, List[Any]]]) -> None:
        """The frames that ``data`` completes are appended to ``found``, those before nonsense, too.

        A large one that ``data`` begins is left to ``target()``. Raises ValueError, EOFError, TypeError, MemoryError: nonsense.
        """
        if self._data:
            data = self._data + data
            self._data = b""
        position = 0
        size = len(data)
        while size - position >= HEADER.size:
            length, count, kind = HEADER.unpack_from(data, position)
            start = position + HEADER.size
            if kind & IN_ARENA:
                end = start + 8 * count + length
                if end > size:
                    break
                body = marshal.loads(data[start + 8 * count : end])
                found.append((kind & ~IN_ARENA, body, self._views(struct.unpack_from(f"<{count}Q", data, start))))
                position = end
                continue
            if not count:
                end = start + length
                if end <= size:
                    found.append((kind, marshal.loads(data[start:end]), []))
                    position = end
                    continue
            elif size - start < 8 * count:
                break
            # A frame that is not here entirely: give each of its parts memory of its own.
            lengths = struct.unpack_from(f"<{count}Q", data, start)
            position = start + 8 * count
            self._kind = kind
            self._body = bytearray(length)
            self._buffers = self._memory(lengths)
            parts: List[Any] = [self._body, *self._buffers]
            for i, part in enumerate(parts):
                have = min(_size(part), size - position)
                if type(part) is not Unheld:
                    part[:have] = data[position : position + have]
                position += have
                if have < _size(part):
                    self._pending = [_unread(part, have)]
                    self._pending += [_unread(rest, 0) for rest in parts[i + 1 :] if _size(rest)]
                    return
            found.append(self._finish())
        self._data = data[position:]
