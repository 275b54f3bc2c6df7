"""The slots: what a worker noted is what the parent finds; who it is; where the memory comes from, and what it takes."""

from __future__ import annotations

import errno
import gc
import mmap
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safepool.protocol import slots
from safepool.protocol.slots import (
    ARENA_SIZE,
    BASE,
    MODE,
    MODES,
    PID,
    STARTTIME,
    STATE,
    Region,
    Slot,
    create_region,
    map_region,
    start_time,
)
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


@pytest.fixture
def fd() -> Iterator[int]:
    found = create_region(4, [])
    yield found
    try:
        os.close(found)
    except OSError:
        pass  # the test has


@pytest.fixture
def region(fd: int) -> Iterator[Region]:
    found = map_region(fd)
    yield found
    found.close()


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
    monkeypatch.setattr(os, "getpid", lambda: there + 1)
    assert start_time() == 0


def no_memory_files(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "missing":
        monkeypatch.delattr(os, "memfd_create", raising=False)
        return

    def refused(*_arguments: object) -> int:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "memfd_create", refused, raising=False)


@pytest.mark.parametrize("how", ["missing", "forbidden"])
def test_without_memory_files(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Another file without a name: the slots work, there are no arenas."""
    no_memory_files(monkeypatch, how)
    before = set(os.listdir("/dev/shm"))
    fd = create_region(3, [])
    try:
        assert set(os.listdir("/dev/shm")) == before
        region = map_region(fd)
        slot = Slot(region, 2)
        slot.claim()
        other = Slot(map_region(fd), 2)
        assert other.identity() == slot.identity()
        assert len(slot.tasks) == len(slot.answers) == 0
        other.release()
        slot.release()
        region.close()
    finally:
        os.close(fd)


def test_with_no_place_at_all_the_error_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves no descriptor open."""
    no_memory_files(monkeypatch, "forbidden")

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="No space left"):
        create_region(3, [])
    assert os.listdir("/proc/self/fd") == before


@pytest.fixture
def limited() -> Iterator[int]:
    """RLIMIT_FSIZE is 1 MiB, softly."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    yield 1 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("deadly", [False, True], ids=["ignored", "SIGXFSZ-kills"])
def test_a_soft_limit_on_files_is_lifted_for_a_moment(limited: int, deadly: bool) -> None:
    """It is there again afterwards. Where the program has undone Python's SIG_IGN, nothing is tried that would kill it."""
    old = signal.signal(signal.SIGXFSZ, signal.SIG_DFL if deadly else signal.SIG_IGN)
    try:
        fd = create_region(64, [])
        os.close(fd)
    finally:
        signal.signal(signal.SIGXFSZ, old)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == limited


HARD_LIMIT = """
import resource
from safepool.protocol import slots
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
region = slots.map_region(slots.create_region(4, []))
print(region.slots, region.arenas)
try:
    slots.create_region(64, [])
except OSError as error:
    print(error)
"""


def test_a_hard_limit_on_files() -> None:
    """The arenas are done without; where the slots do not fit in either, the error says which limit it is."""
    found = subprocess.run([sys.executable, "-c", HARD_LIMIT], capture_output=True, text=True, check=True, timeout=60)
    first, second = found.stdout.splitlines()
    assert first == "4 False"
    assert "RLIMIT_FSIZE" in second


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
    assert len(region) == 4 * slots.SLOT_SIZE


def test_an_arena_that_cannot_be_mapped_can_be_read(fd: int, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under RLIMIT_AS: the other side had the addresses. To put something there is refused, by having no length."""
    writer = Slot(map_region(fd), 3)
    writer.answers[5:8] = b"abc"
    reader = Slot(region, 3)

    def refused(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(mmap, "mmap", refused)
    assert len(reader.answers) == 0
    assert bytes(reader.answers[5:8]) == b"abc"
    monkeypatch.undo()
    assert len(reader.answers) == ARENA_SIZE, "it is tried again"


def test_a_parents_descriptors_do_not_grow(fd: int) -> None:
    """However many workers have large messages, and when they are gone."""
    region = map_region(fd)
    gc.collect()  # or it comes in between, and closes what another test has left
    before = len(os.listdir("/proc/self/fd"))
    mine = [Slot(region, index) for index in range(region.slots)]
    for slot in mine:
        slot.tasks[0:1] = b"x"
    assert len(os.listdir("/proc/self/fd")) == before
    for slot in mine:
        slot.release()
    assert len(os.listdir("/proc/self/fd")) == before
    region.close()


def test_another_file_in_the_place_of_ours_is_never_mapped(fd: int, region: Region, tmp_path: Path) -> None:
    """The program closed all descriptors that it did not know, and opened a file of its own."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"data" * (1 << 20))
    with precious.open("r+b") as file:
        os.dup2(file.fileno(), fd)
        slot = Slot(region, 0)
        assert len(slot.tasks) == 0
        with pytest.raises(OSError, match="closed"):
            slot.tasks[0:4]
        slot.release()


def test_a_release_in_the_middle_of_a_use(region: Region) -> None:
    """Views of an arena may still be held; the slot goes, and the memory with the last of them."""
    slot = Slot(region, 0)
    slot.tasks[0:3] = b"abc"
    held = slot.tasks[0:3]
    slot.release()
    assert bytes(held) == b"abc"
    with pytest.raises(ValueError, match="released"):
        slot.words[0] = 1
