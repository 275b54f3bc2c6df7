"""The journal: what a worker noted is what the parent finds, and nothing else."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import pytest

from safepool.protocol import codec, slots
from safepool.protocol.slots import BASE, MODE, MODES, STATE, Slot
from safepool.protocol.words import IDLE, STAGE_BITS, VALUE
from safepool.worker.answers import Outbox


@pytest.fixture
def slot() -> Iterator[Slot]:
    region = mmap.mmap(-1, 2 * slots.SLOT_SIZE)
    view = Slot(region, 1)
    yield view
    view.release()
    region.close()


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
        outbox._finish(value, last=False)
    number, stage = slot.state()
    assert (number, stage) == (3, IDLE)
    base, noted = slot.journal(number)
    assert base == 0
    assert [codec.from_journal(note) for note in noted] == values


def test_sending_empties_the_journal(slot: Slot) -> None:
    """After the flush the journal begins behind what was sent."""
    channel = Silent()
    outbox = Outbox(channel, slot)  # type: ignore[arg-type]
    outbox._finish(1, last=False)
    outbox._finish(2, last=True)
    assert len(channel.sent) == 1
    assert slot.words[BASE] == 2
    assert slot.journal(slot.state()[0]) == (2, [])


def test_a_journal_that_moved_while_it_was_read_is_empty(slot: Slot) -> None:
    """BASE beyond the item asked for: the results come through the pipe."""
    slot.words[BASE] = 10
    slot.words[STATE] = 5 << STAGE_BITS
    assert slot.journal(5)[1] == []


@pytest.mark.parametrize(
    "values",
    [[1, -(2**62), 7], [0.5, float("inf")], [True, False, True], [None, None]],
    ids=["int", "float", "bool", "none"],
)
def test_arrays_of_numbers_keep_value_and_type(slot: Slot, values: list[object]) -> None:
    """What is stored as a number comes back as the same number of the same type."""
    mode = MODES.index(type(values[0]))
    slot.words[MODE] = mode
    array = slot.numbers(mode)
    for i, value in enumerate(values):
        array[i] = value
    found = slot.journal(len(values))[1]
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


def test_a_corrupt_journal_is_no_result(slot: Slot) -> None:
    """Ends that do not grow, or lie outside: nothing is taken from it."""
    slot.ends[0], slot.ends[1] = 50, 10
    assert slot.journal(2)[1] == []
    slot.ends[0], slot.ends[1] = 5, slots.JOURNAL_SIZE + 1
    assert slot.journal(2)[1] == []
