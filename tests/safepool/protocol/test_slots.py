"""The slots: what a worker noted is what the parent finds; who it is; what its arenas take."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from safepool.protocol import slots
from safepool.protocol.originals import System
from safepool.protocol.region import ARENA_SIZE, SLOT_SIZE, Region, map_region
from safepool.protocol.slots import BASE, JOURNAL_SIZE, MODE, MODES, PID, STARTTIME, STATE, Slot, start_time
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
    slot.ends[0], slot.ends[1] = 5, JOURNAL_SIZE + 1
    assert slot.journal(2)[1] == []


def test_a_worker_says_who_it_is(region: Region) -> None:
    """Nobody yet; then a process, which cannot be taken for a later one with its pid."""
    slot = Slot(region, 1)
    assert slot.identity() is None
    slot.claim()
    assert slot.identity() == (os.getpid(), start_time())
    assert slot.identity() != (os.getpid(), 0)
    slot.clear()
    assert slot.identity() is None
    slot.release()


def test_a_pid_that_is_there_has_its_start_time(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stored after it: who is killed between the two is nobody yet."""
    slot = Slot(region, 0)

    class Words(dict[int, int]):
        def __setitem__(self, key: int, value: int) -> None:
            order.append(key)

    order: list[int] = []
    real, slot.words = slot.words, Words()  # type: ignore[assignment]
    slot.claim()
    assert order == [STARTTIME, PID]
    slot.words = real
    slot.release()


def test_start_time_is_the_kernels() -> None:
    """Field 22, whatever the process is called."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    assert start_time() == int(fields[19]) > 0


def test_start_time_where_proc_is_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container with its host's /proc our pids are other processes' there."""
    there = os.getpid()
    monkeypatch.setattr(slots, "getpid", lambda: there + 1)
    assert start_time() == 0


def test_arenas_are_mapped_at_their_first_use(fd: int, region: Region) -> None:
    """What one side puts there the other finds, in the right slot and direction; who has no large message maps nothing."""
    other = map_region(fd)
    mine, theirs, neighbour = Slot(region, 1), Slot(other, 1), Slot(other, 2)
    assert not mine.tasks.mapped
    mine.tasks[10:13] = b"abc"
    mine.answers[0:1] = b"x"
    assert bytes(theirs.tasks[10:13]) == b"abc"
    assert bytes(theirs.answers[0:1]) == b"x"
    assert bytes(neighbour.tasks[10:13]) == b"\0\0\0"
    assert len(mine.tasks) == ARENA_SIZE
    assert not Slot(region, 3).tasks.mapped
    mine.release()
    assert len(region) == 4 * SLOT_SIZE


def test_an_arena_that_cannot_be_mapped_can_be_read(fd: int, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under RLIMIT_AS: the other side had the addresses. To put something there is refused, by having no length."""
    writer = Slot(map_region(fd), 3)
    writer.answers[5:8] = b"abc"
    reader = Slot(region, 3)

    def refused(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(System, "mmap", refused)
    assert len(reader.answers) == 0
    assert bytes(reader.answers[5:8]) == b"abc"
    monkeypatch.undo()
    assert len(reader.answers) == ARENA_SIZE, "it is tried again"


def test_a_release_in_the_middle_of_a_use(region: Region) -> None:
    """Views of an arena may still be held; the slot goes, and the memory with the last of them."""
    slot = Slot(region, 0)
    slot.tasks[0:3] = b"abc"
    held = slot.tasks[0:3]
    slot.release()
    assert bytes(held) == b"abc"
    with pytest.raises(ValueError, match="released"):
        slot.words[0] = 1
