"""Two ways to wait for many descriptors, which behave alike."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

import pytest

from safepool.engine.poller import READ, WRITE, EpollPoller, PollPoller, create
from safepool.protocol.originals import System

KINDS = [PollPoller] + ([EpollPoller] if hasattr(select, "epoll") else [])


@pytest.fixture(params=KINDS)
def poller(request: pytest.FixtureRequest) -> Iterator[EpollPoller | PollPoller]:
    one = request.param()
    yield one
    one.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


def test_the_best_one_is_made() -> None:
    """epoll where there is one."""
    one = create()
    assert type(one) is KINDS[-1]
    one.close()


def test_descriptors_are_ready_for_what_is_asked(poller: EpollPoller | PollPoller, pipe: tuple[int, int]) -> None:
    """To be read, to be written; asked for anew replaces what was asked for before; removed is removed, twice too."""
    reading, writing = pipe
    poller.add(reading, READ)
    poller.add(writing, WRITE)
    assert [fd for fd, _ in poller.wait(0)] == [writing]
    os.write(writing, b"x")
    assert sorted(fd for fd, _ in poller.wait(1)) == sorted(pipe)
    poller.add(writing, READ)
    assert [fd for fd, _ in poller.wait(0)] == [reading]
    poller.remove(reading)
    poller.remove(reading)
    poller.remove(10_000)
    assert poller.wait(0) == []


def test_the_end_of_a_pipe_is_something_to_read(poller: EpollPoller | PollPoller) -> None:
    """So a worker's closed end is noticed."""
    reading, writing = os.pipe()
    poller.add(reading, READ)
    os.close(writing)
    assert [fd for fd, _ in poller.wait(0)] == [reading]
    os.close(reading)


def test_a_wait_of_less_than_a_millisecond_is_not_none_at_all(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """poll(2) counts in milliseconds: rounded down, the engine would look again and again until the time has come."""
    asked: list[int] = []

    class Poll:
        def register(self, fd: int, mask: int) -> None:
            pass

        def poll(self, milliseconds: int) -> list[tuple[int, int]]:
            asked.append(milliseconds)
            return []

    monkeypatch.setattr(System, "poll", Poll)
    one = PollPoller()
    for seconds in (0.0, 0.0001, 0.05, 1.0, -1):
        one.wait(seconds)
    assert asked == [0, 1, 50, 1000, -1]


def test_a_descriptor_that_was_closed_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with epoll, which forgets it: it must not end each wait at once."""
    reading, writing = os.pipe()
    one = PollPoller()
    one.add(reading, READ)
    os.close(reading)
    os.close(writing)
    assert one.wait(0) == []
    asked: list[int] = []

    class Poll:
        def register(self, fd: int, mask: int) -> None:
            asked.append(fd)

        def poll(self, _milliseconds: int) -> list[tuple[int, int]]:
            return []

    monkeypatch.setattr(System, "poll", Poll)
    one.wait(0)
    assert asked == []
