"""What a worker does with a message, without a process of its own: a channel that has the messages and keeps the answers."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from safepool.protocol import codec, words
from safepool.protocol.slots import Slot
from safepool.protocol.wire import Unheld
from safepool.worker.loop import Server

CALLED = pickle.dumps(len, 5)


class Spin:
    def stop(self) -> None:
        pass


class Channel:
    """Has messages, each (the number of its first task, units, buffers); keeps the entries of the answers."""

    def __init__(self, messages: list[tuple[int, list[Any], list[Any]]]) -> None:
        self.spin = Spin()
        self._messages = [(words.TASKS, (first, units), buffers) for first, units, buffers in messages]
        self.entries: list[Any] = []

    def read(self, _on_large: object) -> Any:
        return self._messages.pop(0) if self._messages else None

    def send(self, _kind: int, envelope: Any, _lengths: object = (), _parts: object = ()) -> None:
        self.entries += envelope[2]


def answers(slot: Slot, *messages: tuple[int, list[Any], list[Any]]) -> list[Any]:
    """The entries with which a worker answers these messages."""
    channel = Channel(list(messages))
    Server(channel, slot)._serve()  # type: ignore[arg-type]
    return channel.entries


def call(*args: Any) -> tuple[Any, bytearray]:
    """A call of ``len`` whose pickle comes as a buffer: the unit, the buffer."""
    return (words.PICKLED_CALL, None, 1), bytearray(pickle.dumps((len, args, None), 5))


def chunk(items: list[Any]) -> tuple[Any, bytearray]:
    data = codec.dumps_chunk(None, items)[0]
    assert type(data) is bytes
    return (words.PICKLED_CHUNK, CALLED, len(items), 0, 1), bytearray(data)


def test_only_the_call_whose_bytes_there_is_no_memory_for_fails(slot: Slot) -> None:
    """Its error has the size; those that came with it are run, before it and after it."""
    (one, buffer), (other, other_buffer) = call("abc"), call([1, 2])
    large = (words.PICKLED_CALL, None, 3)
    held = [buffer, bytearray(5), Unheld(4000), bytearray(7), other_buffer]
    first, refused, last = answers(slot, (0, [one, large, other], held))
    assert (first, last) == (3, 2)
    assert refused[0] == words.NOT_UNPICKLED
    assert "4012 bytes" in refused[1]
    assert "4012 bytes" in refused[2]


def test_a_chunk_that_there_is_no_memory_for_is_taken_apart(slot: Slot) -> None:
    """The parent is asked to send its items one by one; what came with it is run."""
    (unit, _), (one, buffer) = chunk(["a", "bc"]), call("abc")
    assert answers(slot, (0, [one, unit, one], [buffer, Unheld(999), bytearray(buffer)])) == [
        3,
        (words.SKIPPED, 2, True),
        3,
    ]
    assert slot.state() == (4, words.IDLE)


def test_a_chunk_of_one_that_there_is_no_memory_for_fails(slot: Slot) -> None:
    """Apart already, it is too large by itself: it is not sent again and again."""
    unit, _ = chunk(["a"])
    ((kind, text, _),) = answers(slot, (0, [unit], [Unheld(999)]))
    assert kind == words.NOT_UNPICKLED
    assert "999 bytes" in text


def test_what_cannot_be_taken_out_of_the_arena_is_refused_too(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its buffers are there, but there is no memory for a copy of them."""

    def no_memory(_buffers: object) -> Any:
        raise MemoryError

    unit, buffer = chunk(["a", "bc"])
    unit = (*unit[:4], 2)
    monkeypatch.setattr(codec, "owned", no_memory)
    assert answers(slot, (0, [unit], [memoryview(buffer), memoryview(b"x" * 50)])) == [(words.SKIPPED, 2, True)]


def test_a_chunk_that_is_held_is_run(slot: Slot) -> None:
    """The control."""
    unit, buffer = chunk(["a", "bc", 5])
    run, error = answers(slot, (0, [unit], [buffer]))
    assert run == (words.RUN, [1, 2])
    assert error[0] == words.RAISED
