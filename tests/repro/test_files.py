"""Files that somebody else may have made."""

from __future__ import annotations

import lzma
import os
import socket
import tracemalloc
from pathlib import Path

import pytest

from repro import files


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    """One byte more is too many, and the bound is said."""
    (tmp_path / "file").write_bytes(b"x" * 2048)
    assert files.content(tmp_path / "file", 2048) == b"x" * 2048
    with pytest.raises(files.Refused, match=r"^is larger than 1 KiB, the most that is read of it$"):
        files.content(tmp_path / "file", 1024)


def test_the_beginning_of_what_is_packed(tmp_path: Path) -> None:
    """As of what is not; of a file that only says that it is packed, nothing."""
    (tmp_path / "file").write_bytes(b"begins so")
    (tmp_path / "file.xz").write_bytes(lzma.compress(b"begins so" * 100_000))
    (tmp_path / "none.xz").write_bytes(b"begins so")
    for name in ("file", "file.xz"):
        assert files.unpacked_beginning(tmp_path / name, 6) == b"begins"
    with pytest.raises(files.Refused, match="not a file of xz"):
        files.unpacked_beginning(tmp_path / "none.xz", 6)


@pytest.mark.parametrize("kind", ["FIFO", "folder", "device", "socket"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once: nobody writes to that FIFO, and the device never ends."""
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    place = Path("it")
    if kind == "FIFO":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(place))
    with pytest.raises(files.Refused, match=f"^is a {kind}, and no regular file$"):
        files.content(place, 1024)


def test_a_file_that_says_it_is_empty_is_read(tmp_path: Path) -> None:
    """Those of /proc have no size, and content; the bound holds for them as well."""
    status = Path("/proc/self/status")
    assert files.content(status, files.MIB).startswith(b"Name:")
    with pytest.raises(files.Refused, match="is larger than 0 KiB"):
        files.content(status, 10)


@pytest.mark.parametrize(("size", "words"), [(1024, "1 KiB"), (64 * 1024, "64 KiB"), (256 << 20, "256 MiB")])
def test_sizes_in_words(size: int, words: str) -> None:
    """In the unit in which bounds are set."""
    assert files.in_words(size) == words


def test_the_state_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the cache."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert files.state("last") == Path("/home/somebody/.local/state/repro/last")
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert files.state("last") == Path("/elsewhere/repro/last")


def test_the_cache_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable first, then the home."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert files.cache("pools") == Path("/home/somebody/.cache/repro/pools")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert files.cache("pools") == Path("/elsewhere/repro/pools")


def test_what_is_packed_is_unpacked_up_to_its_bound(tmp_path: Path) -> None:
    """One stream or several, with padding; a byte more is too many."""
    place = tmp_path / "file.xz"
    place.write_bytes(lzma.compress(b"x" * 1000) + b"\0" * 4 + lzma.compress(b"y" * 1048))
    assert files.unpacked(place, 2048) == b"x" * 1000 + b"y" * 1048
    with pytest.raises(files.Refused, match=r"^unpacks to more than 1 KiB, the most that is read of it$"):
        files.unpacked(place, 1024)


def test_of_a_bomb_no_more_than_the_bound_is_unpacked(tmp_path: Path) -> None:
    """Twenty kilobytes that unpack to more than a hundred megabytes."""
    packer = lzma.LZMACompressor()
    place = tmp_path / "file.xz"
    place.write_bytes(b"".join(packer.compress(bytes(files.MIB)) for _ in range(128)) + packer.flush())
    tracemalloc.start()
    with pytest.raises(files.Refused, match="unpacks to more than 1 MiB"):
        files.unpacked(place, files.MIB)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * files.MIB


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lzma.compress(b"text")[:-1], "is not whole: the end of what xz wrote is missing"),
        (b"text", "is not whole, or not a file of xz: "),
        (lzma.compress(b"text", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]), "Memory usage limit"),
    ],
    ids=["cut", "another", "greedy"],
)
def test_what_can_not_be_unpacked_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """And why."""
    (tmp_path / "file.xz").write_bytes(content)
    with pytest.raises(files.Refused, match=said):
        files.unpacked(tmp_path / "file.xz", files.MIB)
