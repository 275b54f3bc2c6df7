"""Frames: whatever pieces a stream arrives in, the same messages come out."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safepool.protocol import wire, words


def parse(data: bytes, cuts: list[int], arena: bytes = b"") -> list[tuple[int, object, list[bytes]]]:
    """Feed ``data`` in pieces of the given sizes, over and over."""
    parser = wire.Parser(memoryview(arena))
    found = []
    position = turn = 0
    while position < len(data):
        size = cuts[turn % len(cuts)]
        turn += 1
        target = parser.target()
        if target is not None:
            piece = data[position : position + min(size, len(target))]
            target[: len(piece)] = piece
            message = parser.fed(len(piece))
            messages = [] if message is None else [message]
        else:
            piece = data[position : position + size]
            messages = []
            parser.feed(piece, messages)
        position += len(piece)
        found += [(kind, envelope, [bytes(b) for b in buffers]) for kind, envelope, buffers in messages]
    assert not parser.partial
    return found


MESSAGES = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.one_of(st.none(), st.integers(), st.lists(st.binary(max_size=50)), st.text()),
        st.lists(st.binary(max_size=300), max_size=4),
    ),
    max_size=6,
)


@given(messages=MESSAGES, cuts=st.lists(st.integers(1, 100), min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_messages_survive_any_fragmentation(messages: list[tuple[int, object, list[bytes]]], cuts: list[int]) -> None:
    """Cut anywhere, even inside a header or between two buffers, each message arrives once and whole."""
    data = b"".join(wire.frame(k, e, [len(b) for b in bufs]) + b"".join(bufs) for k, e, bufs in messages)
    assert parse(data, cuts) == messages


@given(st.lists(st.tuples(st.integers(0, 200), st.integers()), max_size=5), st.lists(st.integers(1, 90), min_size=1))
def test_frames_whose_buffers_are_in_the_arena(sizes: list[tuple[int, int]], cuts: list[int]) -> None:
    """The buffers of such a frame are parts of the arena, one after the other; the next frame follows at once."""
    buffers = [bytes([number % 251]) * size for number, (size, _) in enumerate(sizes)]
    arena = bytearray(2000)
    wire.put(memoryview(arena), buffers)
    envelope = [number for _, number in sizes]
    data = wire.frame(words.RESULTS | wire.IN_ARENA, envelope, [len(b) for b in buffers]) + wire.frame(words.READY, 7)
    expected = [(words.RESULTS, envelope, buffers), (words.READY, 7, [])]
    assert parse(data, cuts, bytes(arena)) == expected


def test_half_a_message_is_no_message() -> None:
    """A worker that died in the middle of sending leaves a partial frame, and nothing else."""
    data = wire.frame(words.RESULTS, [1], [1000]) + b"x" * 400
    parser = wire.Parser(memoryview(b""))
    found: list[object] = []
    parser.feed(data, found)
    assert found == []
    assert parser.partial
    assert parser.target() is not None


def test_write_all_goes_on_after_partial_writes() -> None:
    """More than a pipe holds, in several parts: the reader gets every byte in order."""
    parts: list[wire.Buffer] = [b"a" * 70_000, bytearray(b"b" * 200_000), memoryview(b"c" * 300_000)]
    reader, writer = os.pipe()
    got = bytearray()

    def read() -> None:
        while chunk := os.read(reader, 50_000):
            got.extend(chunk)

    thread = threading.Thread(target=read)
    thread.start()
    wire.write_all(writer, parts)
    os.close(writer)
    thread.join(10)
    os.close(reader)
    assert bytes(got) == b"".join(parts)


def test_consume_drops_exactly_what_was_written() -> None:
    """The rest begins in the middle of the part where the kernel stopped."""
    views = [memoryview(b"abc"), memoryview(b"def")]
    assert b"".join(wire.consume(views, 4)) == b"ef"
    assert wire.consume(views, 6) == []


@pytest.mark.parametrize("cut", [7, 100, 4096, 1 << 20])
def test_buffers_that_there_is_no_memory_for_are_read_past(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    """What came with them is there, other buffers included, and the message after them; a note in its place has the size."""

    def memory(size: int) -> bytearray:
        if size in (5000, 4000):
            raise MemoryError
        return bytearray(size)

    monkeypatch.setattr(wire, "bytearray", memory, raising=False)
    content = b"a" * 300 + b"x" * 5000 + b"b" * 7 + b"y" * 4000
    data = wire.frame(1, "large", [300, 5000, 0, 7, 4000]) + content + wire.frame(2, "next", [3]) + b"abc"
    parser = wire.Parser(None, may_refuse=True)
    found: list[tuple[int, object, list[object]]] = []
    while data:
        target = parser.target()
        if target is None:
            parser.feed(data[:cut], found)
            data = data[cut:]
        else:
            size = min(cut, len(target))
            piece, data = data[:size], data[size:]
            target[: len(piece)] = piece
            message = parser.fed(len(piece))
            found += [] if message is None else [message]
    kept = [bytearray(b"a" * 300), wire.Unheld(5000), bytearray(), bytearray(b"b" * 7), wire.Unheld(4000)]
    assert found == [(1, "large", kept), (2, "next", [bytearray(b"abc")])]
    assert not parser.partial


def test_who_may_not_refuse_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent: what it cannot hold is dealt with where it is read."""
    monkeypatch.setattr(wire, "bytearray", lambda _size: (_ for _ in ()).throw(MemoryError), raising=False)
    with pytest.raises(MemoryError):
        wire.Parser(None).feed(wire.frame(1, None, [10]), [])
