"""The journal: what a worker noted is what the parent finds, and nothing else."""

from __future__ import annotations

import pytest

from safepool.protocol import slots
from safepool.protocol.slots import BASE, MODE, MODES, STATE, Slot
from safepool.protocol.words import STAGE_BITS


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
