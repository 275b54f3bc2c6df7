"""Whatever a signal's handler raises, and when: a descriptor is open and in the book, or neither."""

from __future__ import annotations

import errno
import os

import pytest

from safepool.protocol import descriptors
from tests.safepool.engine.interruptions import interruptions


def opened() -> set[int]:
    """The descriptors of this process, but for the one that looks."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
        except OSError:
            continue
        found.add(int(name))
    return found


def work(book: list[int]) -> None:
    descriptors.note_pipe(book)
    descriptors.note(book, os.dup, book[0])
    descriptors.note_pipe(book)
    descriptors.close_last(book)
    descriptors.close_all(book)


def test_a_descriptor_is_open_and_noted_or_neither() -> None:
    """At each bytecode of ours and of who calls."""
    before = opened()
    steps = 0
    for one in interruptions((descriptors,), work):
        book: list[int] = []
        torn = one.call(work, book)
        assert opened() - before == set(book), one.where
        assert torn or not book
        steps += torn
        descriptors.close_all(book)
    assert steps > 20
    assert opened() == before


def test_a_pipe_is_noted_with_its_reading_end_first() -> None:
    book: list[int] = []
    descriptors.note_pipe(book)
    try:
        os.write(book[1], b"x")
        assert os.read(book[0], 1) == b"x"
    finally:
        descriptors.close_all(book)


def test_what_cannot_be_made_is_not_noted() -> None:
    book = [7]
    with pytest.raises(OSError, match="Bad file descriptor"):
        descriptors.note(book, os.dup, 10**6)
    assert book == [7]


def test_who_was_closed_by_others_is_forgotten() -> None:
    """A program that daemonizes closes all descriptors that it does not know."""
    book: list[int] = []
    descriptors.note_pipe(book)
    os.close(book[0])
    descriptors.close_all(book)
    assert book == []


def test_a_socket_whose_close_fails_is_gone_all_the_same() -> None:
    """close(2): EINTR, EIO. The number is free by then, and must not be closed again."""
    calls = []

    class Socket:
        def close(self) -> None:
            calls.append("close")
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    descriptors.close_anyway(Socket())
    assert calls == ["close"]


def test_without_memory_closing_is_tried_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the book behind it would stay open otherwise."""
    book: list[int] = []
    descriptors.note_pipe(book)
    pauses: list[float] = []
    close = descriptors.close_last

    def poor(book: list[int]) -> None:
        if len(pauses) < 3:
            raise MemoryError
        close(book)

    monkeypatch.setattr(descriptors, "close_last", poor)
    monkeypatch.setattr(descriptors, "pause", pauses.append)
    descriptors.close_all(book)
    assert book == []
    assert len(pauses) == 3
