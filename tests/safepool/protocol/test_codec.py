"""Calls and results as bytes."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import pytest

from safepool.protocol import codec
from safepool.protocol.codec import Functions, Packed


class Unpicklable:
    def __reduce__(self) -> object:
        raise ValueError("not me")


def joined(packed: bytes | Packed) -> tuple[bytes, list[bytes]]:
    """The pickle and its out-of-band buffers, as the other side reads them."""
    if isinstance(packed, bytes):
        return packed, []
    data = b"".join(packed.parts)
    pieces = []
    for length in packed.lengths:
        pieces.append(data[:length])
        data = data[length:]
    assert not data
    return pieces[0], pieces[1:]


@pytest.mark.parametrize("size", [0, 10, 70_000, 1_000_000])
def test_values_come_back(size: int) -> None:
    """Small or large, in one piece or in many."""
    value = [b"x" * size, "y" * size, bytearray(size), size]
    data, buffers = joined(codec.dumps(value))
    assert codec.loads(data, buffers) == value


def test_large_bytes_are_not_copied() -> None:
    """The very object is among the parts to be written."""
    blob = b"x" * 1_000_000
    packed = codec.dumps((blob,))
    assert isinstance(packed, Packed)
    assert any(part is blob for part in packed.parts)


def test_a_pickler_that_failed_is_not_used_again() -> None:
    """An error in a reducer leaves nothing behind in the next pickle."""
    with pytest.raises(ValueError, match="not me"):
        codec.dumps([1, Unpicklable()])
    data, buffers = joined(codec.dumps([2]))
    assert codec.loads(data, buffers) == [2]


def test_a_reducer_may_pickle_itself() -> None:
    """Reducers that submit tasks use the codec while it is in use."""
    data, buffers = joined(codec.dumps(Nested()))
    assert codec.loads(data, buffers) == ("inner", 1)


class Nested:
    def __reduce__(self) -> tuple[object, ...]:
        inner = codec.dumps(["inner", 1])
        assert isinstance(inner, bytes)
        return _as_tuple, (inner,)


def _as_tuple(data: bytes) -> tuple[object, ...]:
    return tuple(pickle.loads(data))


def test_a_chunk_is_read_item_by_item() -> None:
    """What the items share is pickled once, and is one object again; each item is read by its own call."""
    shared = list(range(1000))
    packed, count = codec.dumps_chunk(None, [(shared, i) for i in range(5)])
    assert count == 5
    data, buffers = joined(packed)
    assert len(data) < 2 * len(pickle.dumps(shared))
    load = codec.loads_chunk(data, buffers)
    items = [load() for _ in range(5)]
    assert all(item[0] is items[0][0] for item in items)


def test_an_item_that_cannot_be_pickled_ends_the_chunk_before_it() -> None:
    """The items before it travel; it is an error of its own."""
    packed, count = codec.dumps_chunk(None, [[1], [2], Unpicklable(), [3]])
    assert count == 2
    data, buffers = joined(packed)
    load = codec.loads_chunk(data, buffers)
    assert [load(), load()] == [[1], [2]]
    with pytest.raises(ValueError, match="not me"):
        codec.dumps_chunk(None, [Unpicklable()])


def test_only_plain_functions_are_pickled_once() -> None:
    """A partial or a bound method has a state that may change between two calls."""
    functions = Functions()
    first = functions.get(joined)
    assert first is not None
    assert functions.get(joined) is first
    assert functions.get(functools.partial(joined, b"")) is None
    assert functions.get([].append) is None
    assert functions.get(lambda: None) is None


@pytest.mark.parametrize("value", [0, -1, 2**100, 1.5, True, False, None, "", "text", b"bytes"], ids=repr)
def test_scalars_survive_the_journal(value: object) -> None:
    """The same value, of the same type; a pickle is told from a scalar by its first byte."""
    assert codec.is_scalar(value)
    note = codec.journal_entry(value)
    assert note is not None
    assert note[0] != 0x80
    found = codec.from_journal(note)
    assert found == value
    assert type(found) is type(value)


def test_subclasses_of_scalars_are_not_scalars() -> None:
    """An int with attributes is more than an int."""

    class Special(int):
        pass

    assert not codec.is_scalar(Special(3))
    assert not codec.is_scalar("x" * 100_000)


@pytest.mark.parametrize("count", [10, 100_000])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.skipif(pickle.DEFAULT_PROTOCOL >= 5, reason="there the standard pools' arrays are read-only as well")
def test_a_read_only_array_arrives_writable(count: int, order: str) -> None:
    """As from the standard pools; alone, and in a chunk. A very small one can be resized, too."""
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(count * 2.0).reshape(2, count, order=order)
    array.flags.writeable = False

    def arrived(packed: bytes | Packed) -> Any:
        pickled, buffers = joined(packed)
        return codec.loads(pickled, list(map(bytearray, buffers)))

    for copy in (
        arrived(codec.dumps(array)),
        arrived(codec.dumps([array]))[0],
        arrived(codec.dumps_chunk(None, [array])[0]),
    ):
        assert copy.flags.writeable
        assert copy.flags.c_contiguous == array.flags.c_contiguous
        assert numpy.array_equal(copy, array)
        copy += 1
        if count == 10:
            copy.resize((3,), refcheck=False)


class Handing:
    """What it hands over is in the pickle, or beside it."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __reduce__(self) -> tuple[object, ...]:
        return Handing, (pickle.PickleBuffer(self.data),)


class Asking(Handing):
    """It gives bytes where the protocol knows no buffers."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        return Asking, (pickle.PickleBuffer(self.data) if protocol >= 5 else bytes(self.data),)


@pytest.mark.parametrize("size", [10, 20_000, 1_000_000])
@pytest.mark.parametrize("source", [bytes, bytearray, lambda size: memoryview(bytes(size))])
def test_a_buffer_arrives_as_what_it_is_in_the_standard_pools_pickles(source: Any, size: int) -> None:
    """For a class that asks for the protocol, and for one that does not. (Against the pools themselves: the acceptance cases.)"""
    pickled, buffers = joined(codec.dumps([Asking(source(size)), Handing(source(size))]))
    asking, handing = codec.loads(pickled, list(map(bytearray, buffers)))
    there = pickle.loads(pickle.dumps(Asking(source(size))))
    assert type(asking.data) is type(there.data)
    assert type(handing.data) is (bytearray if source is bytearray else bytes)
    assert len(asking.data) == len(handing.data) == size


class ByName(type):
    """Its instances are classes, which are pickled by their names, whatever is asked of this."""

    def __reduce_ex__(cls, protocol: Any) -> Any:
        raise AssertionError("asked")


class Named(metaclass=ByName):
    pass


def test_a_class_is_pickled_by_its_name() -> None:
    """Though the class of that class has a ``__reduce_ex__``."""
    assert codec.loads(codec.dumps(Named)) is Named


@pytest.mark.parametrize("size", [100, 100_000])
def test_what_a_pickler_remembers_goes_with_it(size: int) -> None:
    """Not by the garbage collector, which in some Pythons ends the process when it clears a view before a buffer made of it."""
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        sources = [Source(size) for _ in range(2)]
        gone = [weakref.ref(source) for source in sources]
        codec.dumps(Handing(memoryview(sources[0])))
        codec.dumps_chunk(None, [Handing(memoryview(sources[1]))] * 2)
        del sources
        assert [ref() for ref in gone] == [None, None]
    finally:
        gc.enable()
    with pytest.raises(ValueError, match="not me") as caught:
        codec.dumps([Handing(memoryview(bytes(size))), Unpicklable()])
    pickler = caught.traceback[1].frame.f_locals["pickler"]
    assert (pickler.pickler.memo.copy(), pickler.pieces, pickler.buffers) == ({}, [], [])


class Source(bytearray):
    """One that can be referred to weakly."""


@pytest.mark.parametrize("side", [20, 200])
@pytest.mark.parametrize("case", ["transposed", "broadcast", "sliced", "the other byte order"])
@pytest.mark.skipif(pickle.DEFAULT_PROTOCOL >= 5, reason="there the standard pools' arrays keep their layout as well")
def test_an_array_arrives_in_the_layout_that_the_standard_pools_give_it(case: str, side: int) -> None:
    """Compiled code may take it that it is in C's order, and its numbers in this machine's."""
    numpy = pytest.importorskip("numpy")
    base = numpy.arange(side * side * 3.0).reshape(side, side, 3)
    array = {
        "transposed": base.transpose(2, 0, 1),
        "broadcast": numpy.broadcast_to(base[0], (side, side, 3)),
        "sliced": base[:, 1:, ::2],
        "the other byte order": base.astype(base.dtype.newbyteorder()),
    }[case]
    pickled, buffers = joined(codec.dumps(array))
    ours, theirs = codec.loads(pickled, list(map(bytearray, buffers))), pickle.loads(pickle.dumps(array))
    assert (ours.strides, ours.dtype, ours.flags.writeable) == (theirs.strides, theirs.dtype, theirs.flags.writeable)
    assert numpy.array_equal(ours, array)
