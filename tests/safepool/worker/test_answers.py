"""Answers: in the journal as they are made, out of it once they are sent; and at any moment the parent sees what is true.

It looks into a worker's slot when it likes, and the worker may die between any two stores: whatever lies before STATE was sent,
or is in the journal as what it came to; nothing else is in the journal.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from safepool.protocol import codec, words
from safepool.protocol.slots import BASE, Slot
from safepool.protocol.words import IDLE, VALUE
from safepool.worker.answers import Outbox
from safepool.worker.loop import Server
from tests.safepool.worker.test_loop import Spin


class Silent:
    """A channel that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, kind: int, envelope: object, lengths: object = (), parts: object = ()) -> None:
        self.sent.append(envelope)


def test_finished_results_are_in_the_journal_before_they_are_sent(slot: Slot) -> None:
    """Three results are noted and not sent: the parent reads all three."""
    outbox = Outbox(Silent(), slot)  # type: ignore[arg-type]
    values = [5, "text", (VALUE, codec.dumps([1, 2]))]
    for value in values:
        outbox.finish(value, last=False)
    number, stage = slot.state()
    assert (number, stage) == (3, IDLE)
    base, noted = slot.journal(number)
    assert base == 0
    assert [codec.from_journal(note) for note in noted] == values


def test_sending_empties_the_journal(slot: Slot) -> None:
    """After the flush the journal begins behind what was sent."""
    channel = Silent()
    outbox = Outbox(channel, slot)  # type: ignore[arg-type]
    outbox.finish(1, last=False)
    outbox.finish(2, last=True)
    assert len(channel.sent) == 1
    assert slot.words[BASE] == 2
    assert slot.journal(slot.state()[0]) == (2, [])


#: What becomes of an item that is not begun.
SKIPPED = object()


class Raises:
    """An item of which the task makes an error."""


class Bomb:
    """An item that cannot be unpickled; those after it in its chunk are not begun."""

    def __reduce__(self) -> Any:
        return _fires, ()


def _fires() -> None:
    raise KeyboardInterrupt


def task(item: Any) -> Any:
    if type(item) is Raises:
        raise ValueError("this one")
    return item


class Watched:
    """The words of a slot; after each store somebody looks."""

    def __init__(self, stored: Any, look: Callable[[], None]) -> None:
        self._stored, self._look = stored, look

    def __getitem__(self, index: int) -> Any:
        return self._stored[index]

    def __setitem__(self, index: int, value: int) -> None:
        self._stored[index] = value
        self._look()


class Parent:
    """Gives the worker units, is its channel, and looks into its slot."""

    def __init__(self, slot: Slot, chunks: list[list[Any]]) -> None:
        self.spin = Spin()
        self._slot = slot
        self.sent = 0
        self.looks = 0
        self.comes_to: list[Any] = []
        units, buffers = [], []
        for chunk in chunks:
            unit, packed = _unit(chunk)
            units.append(unit)
            buffers += packed
            bombs = [i for i, item in enumerate(chunk) if type(item) is Bomb]
            begun = bombs[0] + 1 if bombs else len(chunk)
            self.comes_to += chunk[:begun] + [SKIPPED] * (len(chunk) - begun)
        self._messages = [(words.TASKS, (0, units), buffers)]

    def read(self, _on_large: object) -> Any:
        return self._messages.pop() if self._messages else None

    def send(self, _kind: int, envelope: Any, _lengths: object = (), _parts: object = ()) -> None:
        first, _busy, entries = envelope
        assert first == self.sent
        for entry in entries:
            kind = entry[0] if type(entry) is tuple else None
            self.sent += len(entry[1]) if kind == words.RUN else entry[1] if kind == words.SKIPPED else 1
        self.look()

    def look(self) -> None:
        """As the parent does when an item takes its time, or the worker is dead."""
        self.looks += 1
        seq, _stage = self._slot.state()
        base, found = self._slot.journal(seq)
        for number, entry in enumerate(map(codec.from_journal, found), base):
            item = self.comes_to[number]
            if type(item) is Raises:
                assert entry[0] == words.RAISED, (number, entry)
            elif type(item) is Bomb:
                assert entry[0] == words.NOT_UNPICKLED, (number, entry)
            else:
                value = pickle.loads(entry[1]) if type(entry) is tuple else entry
                assert type(value) is type(item) and value == item, (number, entry, item)
        known = max(self.sent, base + len(found)) if base <= self.sent else self.sent
        assert seq <= known, f"{seq} is past item {known}, whose result is nowhere"


def _unit(chunk: list[Any]) -> tuple[Any, list[Any]]:
    blob = pickle.dumps(task, 5)
    if not any(isinstance(item, (Raises, Bomb, tuple)) for item in chunk):
        return (words.CHUNK, blob, len(chunk), 0, chunk), []
    data = codec.dumps_chunk(None, chunk)[0]
    if isinstance(data, bytes):
        return (words.PICKLED_CHUNK, blob, len(chunk), 0, data), []
    together, buffers = b"".join(map(bytes, data.parts)), []
    for length in data.lengths:
        buffers.append(bytearray(together[:length]))
        together = together[length:]
    return (words.PICKLED_CHUNK, blob, len(chunk), 0, len(buffers)), buffers


ITEMS = st.one_of(
    st.integers(-5, 2**70),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    st.text("ab", max_size=3),
    st.sampled_from([Raises(), Bomb(), "x" * 40_000, (1, 2), b"y" * 300_000]),
)


@example([[3, Bomb(), 5]])
@example([[1.5, 2], ["a", Bomb(), "b", "c"], [7, 8]])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ITEMS, min_size=1, max_size=8), min_size=1, max_size=4))
def test_whenever_the_parent_looks_it_sees_what_is_true(slot: Slot, chunks: list[list[Any]]) -> None:
    """No item has another's result, and none is passed whose result is nowhere."""
    stored = slot.words
    slot.clear()
    parent = Parent(slot, chunks)
    slot.words = Watched(stored, parent.look)
    try:
        Server(parent, slot)._serve()  # type: ignore[arg-type]
    finally:
        slot.words = stored
    assert parent.sent == len(parent.comes_to)
    assert parent.looks > len(chunks)
