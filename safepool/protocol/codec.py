"""Calls and results as bytes.

Numbers, None and short texts (*scalars*) need no pickle: they travel in the envelope itself, and nobody's code
runs when they are read. Everything else is pickled by protocol 5 with the reducers that multiprocessing
registers (connections, sockets, bound methods ...); large parts stay where they are (:class:`Packed`).
"""

import copyreg
import functools
import io
import marshal
import operator
import sys
from multiprocessing import reduction
from multiprocessing.reduction import ForkingPickler

# By names of our own, which a test's mock of ``pickle.loads`` does not reach.
from pickle import DEFAULT_PROTOCOL, PickleBuffer, Pickler, Unpickler
from pickle import loads as unpickle
from types import FunctionType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from .words import VALUE

PROTOCOL = 5
NUMBERS = frozenset((int, float, bool, type(None)))
TEXTS = frozenset((str, bytes))
#: A text longer than this is no scalar.
TEXT_LIMIT = 4096
#: Pickles up to this many bytes travel in the envelope.
INLINE = 1 << 15
#: Buffers smaller than this are copied into the pickle.
OUT_OF_BAND = 1 << 14


_extra: Dict[Any, Any] = ForkingPickler._extra_reducers  # type: ignore[attr-defined]
#: Reducers of multiprocessing's own for methods and partials: what they make needs nobody.
_ALONE = frozenset(
    getattr(reduction, name, None) for name in ("_reduce_method", "_reduce_method_descriptor", "_reduce_partial")
)


#: Do multiprocessing's own pools pickle by an older protocol than ours (up to Python 3.13)?
_STANDARD_IS_OLDER = DEFAULT_PROTOCOL < PROTOCOL
_PLAIN = object.__reduce_ex__
_reduce_as_there = operator.methodcaller("__reduce_ex__", DEFAULT_PROTOCOL)


class _Reducers:
    """The dispatch table of our picklers: what was registered with multiprocessing, then with copyreg, then ``more``.

    A class that asks for the protocol (``__reduce_ex__``) is told that of the standard pools. By protocol 5 it may give a
    ``pickle.PickleBuffer`` in the place of its bytes, and what arrives were another type than there.

    ``ties`` counts how often one of the first was used. They are for what is more than its bytes (connections, sockets, tensors
    in shared memory): who unpickles that asks the process that pickled it, which has to be there.
    """

    def __init__(self) -> None:
        self.ties = 0
        self.more: Dict[Any, Any] = {}

    def __getitem__(self, kind: Any) -> Any:
        reducer = _extra.get(kind)
        if reducer is not None:
            if reducer not in _ALONE:
                self.ties += 1
            return reducer
        reducer = copyreg.dispatch_table.get(kind)
        if reducer is not None:
            return reducer
        # A class of classes may have one for its instances, which are pickled by their names.
        if kind.__reduce_ex__ is _PLAIN or not _STANDARD_IS_OLDER or kind in self.more or issubclass(kind, type):
            return self.more[kind]
        return _reduce_as_there


_dispatch = _Reducers()
# A pickler that is in use is not in the list: reducers may themselves submit tasks.
_free: List["_Pickler"] = []


def _reduce_array(array: Any) -> Any:
    """How a ``numpy.ndarray`` is pickled where multiprocessing's own pools still pickle by protocol 4 (up to Python 3.13).

    There what arrives is a copy that can be changed, and users' code changes it in place. By protocol 5 an array that was
    read-only arrives read-only, and none can be resized, since all lie in buffers. By protocol 4 very small ones own their
    memory; so small ones, whose bytes are copied anyway, are pickled just so. And so are those that protocol 5 leaves as they
    lie: by protocol 4 a transposed one arrives in C's order, and one in the other byte order in this machine's, and compiled
    code that gets it may know nothing else (``double[:, ::1]`` in Cython, ``torch.from_numpy``).
    """
    if array.nbytes < OUT_OF_BAND or not array.flags.forc or not array.dtype.isnative:
        return array.__reduce__()
    return (array if array.flags.writeable else array.copy("K")).__reduce_ex__(PROTOCOL)


#: Is numpy still to be looked out for?
_numpy_is_new = _STANDARD_IS_OLDER


def _is_array(value: Any) -> bool:
    return type(value) is getattr(sys.modules.get("numpy"), "ndarray", None)


def _learn_arrays() -> None:
    """numpy has been imported: from now on its arrays are pickled by :func:`_reduce_array`."""
    global _numpy_is_new
    kind = getattr(sys.modules.get("numpy"), "ndarray", None)
    if isinstance(kind, type):  # else it is just being imported
        _numpy_is_new = False
        # Behind what the program has registered for arrays itself, if it has.
        _dispatch.more[kind] = _reduce_array


class Packed:
    """A pickle that is too large for the envelope: ``parts``, whose buffers have ``lengths`` bytes each."""

    __slots__ = ("lengths", "parts", "size")

    def __init__(self, lengths: List[int], parts: List[Any]) -> None:
        self.lengths = lengths
        self.parts = parts
        self.size = sum(lengths)


class Parcel:
    """A unit with buffers that follow the envelope."""

    __slots__ = ("packed", "unit")

    def __init__(self, unit: Any, packed: Packed) -> None:
        self.unit = unit
        self.packed = packed


class _Pickler:
    """A C pickler whose output is a list of pieces: it passes large bytes objects on without a copy.

    Nothing in it refers to it, so it goes with its last user, and what it remembers goes with it. Left to the garbage collector,
    views that it remembers, and buffers made of them, may be cleared in the wrong order: that ends Python 3.11 and 3.12.
    """

    __slots__ = ("buffers", "pickler", "pieces", "write")

    def __init__(self) -> None:
        self.pieces: List[Any] = []
        self.buffers: List[Any] = []
        self.write = self.pieces.append
        self.pickler = Pickler(self, PROTOCOL, buffer_callback=functools.partial(_beside, self.buffers))
        self.pickler.dispatch_table = _dispatch  # type: ignore[assignment]

    def forget(self) -> None:
        """After a failure: what is in an error's frames lives as long as the error."""
        del self.pieces[:], self.buffers[:]
        self.pickler.clear_memo()

    def take(self) -> Union[bytes, Packed]:
        pieces, buffers = self.pieces[:], self.buffers[:]
        del self.pieces[:], self.buffers[:]
        if len(pieces) > 1:
            # The C pickler passes a large bytearray on as it is, and a large buffer. Its owner may resize it before it is sent,
            # and a frame would hold something else than its head says: so it is copied now. (What PEP 574 hands over cannot be
            # resized while it is held.)
            pieces = [piece if type(piece) is bytes else _copied(piece) for piece in pieces]
        size = sum(map(len, pieces))
        if not buffers and size <= INLINE:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return Packed([size, *map(len, buffers)], pieces + buffers)


def _beside(buffers: List[Any], buffer: Any) -> bool:
    """Put a buffer to those that are sent beside the pickle; or say that it belongs into it.

    There a read-only one arrives as bytes, as from the standard pools. Beside the pickle, it were a view of a bytearray. To an
    array that is read-only that makes no difference, and where those pools pickle arrays so, a copy of each would be a pity.
    """
    raw = buffer.raw()
    if len(raw) < OUT_OF_BAND or (raw.readonly and (_STANDARD_IS_OLDER or not _is_array(raw.obj))):
        return True
    buffers.append(raw)
    return False


def _copied(piece: Any) -> bytes:
    return bytes(piece.raw() if type(piece) is PickleBuffer else piece)


def dumps(value: Any) -> Union[bytes, Packed]:
    """``value`` pickled. Whatever its reducers raise comes out of here."""
    if _numpy_is_new and "numpy" in sys.modules:
        _learn_arrays()
    try:
        pickler = _free.pop()
    except IndexError:  # asking before would not do: another thread may take the last one in between
        pickler = _Pickler()
    try:
        pickler.pickler.dump(value)
        packed = pickler.take()
    except BaseException:
        pickler.forget()
        raise  # nor is it put back, in an unknown state as it is
    pickler.pickler.clear_memo()
    _free.append(pickler)
    return packed


def dumps_result(value: Any) -> Tuple[Union[bytes, Packed], bool]:
    """``value`` pickled; and does its unpickling need this process? For one thread of a process."""
    before = _dispatch.ties
    return dumps(value), _dispatch.ties != before


def dumps_chunk(fn: Optional[Callable[..., Any]], items: Sequence[Any]) -> Tuple[Union[bytes, Packed], int]:
    """``fn`` (if not None) and as many items as can be pickled, as consecutive pickles; and how many.

    They share one memo, so what many items refer to is pickled once, but each is read back on its own, just
    before it runs: an item that cannot be unpickled is the error of that item. An item that cannot be *pickled*
    ends the chunk before it; if it is the first, its error is raised.
    """
    if _numpy_is_new and "numpy" in sys.modules:
        _learn_arrays()
    pickler = _Pickler()
    dump = pickler.pickler.dump
    count = 0
    if fn is not None:
        dump(fn)
    for item in items:
        pieces, buffers = len(pickler.pieces), len(pickler.buffers)
        try:
            dump(item)
        except BaseException:
            if not count:
                pickler.forget()
                raise
            del pickler.pieces[pieces:], pickler.buffers[buffers:]
            break
        count += 1
    return pickler.take(), count


def loads_chunk(data: Any, buffers: Sequence[Any]) -> Callable[[], Any]:
    """A function that returns the next value of a chunk at each call."""
    return Unpickler(io.BytesIO(data), buffers=iter(buffers)).load


def loads(data: Any, buffers: Sequence[Any] = ()) -> Any:
    return unpickle(data, buffers=buffers)


def owned(buffers: Sequence[Any]) -> List[bytearray]:
    """The buffers in memory of their own; objects are going to be made of them. Views of an arena are copied."""
    return [buffer if type(buffer) is bytearray else bytearray(buffer) for buffer in buffers]


def is_scalar(value: Any) -> bool:
    kind = type(value)
    return kind in NUMBERS or (kind in TEXTS and len(value) <= TEXT_LIMIT)


def all_scalars(values: Sequence[Any]) -> bool:
    if len(values) == 1:
        return is_scalar(values[0])
    kinds = set(map(type, values))
    if kinds <= NUMBERS:
        return True
    return kinds <= NUMBERS | TEXTS and all(map(is_scalar, values))


class Functions:
    """Pickles of plain functions, made once: such a pickle is nothing but a module and a name."""

    def __init__(self) -> None:
        self._known: Dict[Any, bytes] = {}

    def get(self, fn: Any) -> Optional[bytes]:
        """The pickle of a module-level function; None for any other callable. May raise what pickling raises."""
        if type(fn) is not FunctionType:
            return None
        found = self._known.get(fn)
        if found is None:
            if "." in fn.__qualname__:
                return None
            packed = dumps(fn)
            if type(packed) is not bytes:
                return None
            if len(self._known) >= 256:
                self._known.clear()
            found = self._known[fn] = packed
        return found


def journal_entry(entry: Any) -> Optional[bytes]:
    """The bytes of a small result for the journal; None if it has to be sent at once."""
    if type(entry) is not tuple:
        return marshal.dumps(entry)
    if entry[0] == VALUE:
        blob: bytes = entry[1]
        return blob
    return None


def from_journal(blob: Any) -> Any:
    """The entry for what is found in the journal: a number, or the bytes that ``journal_entry`` made.

    A pickle begins with 0x80, a scalar never does.
    """
    if type(blob) is not bytes:
        return blob
    if blob[0] == 0x80:
        return (VALUE, blob)
    return marshal.loads(blob)
