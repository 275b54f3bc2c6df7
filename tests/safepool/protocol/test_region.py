"""The file that a pool's processes share: wherever it comes from, it is there, and nobody else's is taken for it."""

from __future__ import annotations

import errno
import gc
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safepool.protocol.originals import System
from safepool.protocol.region import Region, create_region, map_region
from safepool.protocol.slots import Slot


def no_memory_files(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    code = errno.ENOSYS if how == "missing" else errno.EPERM

    def refused(*_arguments: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(System, "memfd_create", refused)


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

    monkeypatch.setattr(System, "posix_fallocate", full)
    gc.collect()  # what other tests left to the collector
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
from safepool.protocol.region import create_region, map_region
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
region = map_region(create_region(4, []))
print(region.slots, region.arenas)
for limit in (1 << 20, 0):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        create_region(64, [])
    except OSError as error:
        print(error)
"""


def test_a_hard_limit_on_files() -> None:
    """The arenas are done without; where the slots do not fit in either, the error says which limit it is. So it does where not
    even a temporary folder can be found, since nothing can be written."""
    found = subprocess.run([sys.executable, "-c", HARD_LIMIT], capture_output=True, text=True, check=True, timeout=60)
    first, second, third = found.stdout.splitlines()
    assert first == "4 False"
    assert "RLIMIT_FSIZE" in second
    assert "RLIMIT_FSIZE" in third


def test_a_parents_descriptors_do_not_grow(fd: int) -> None:
    """However many workers have large messages, and when they are gone."""
    region = map_region(fd)
    gc.collect()  # what other tests left to the collector
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
