"""Where all threads of a crew wait, another one goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from safepool.engine.crew import Crew
from safepool.protocol.threads import Thread

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Nothing of it is left afterwards."""
    before = threading.active_count()
    one = Crew("test-crew", {})
    yield one
    one.stop()
    one.join(30)
    assert threading.active_count() == before
    assert not one.busy


def test_mostly_it_is_one_thread(crew: Crew) -> None:
    """What does not wait for the pool is done one after the other, also when the engine looks after it."""
    seen: set[str] = set()
    idents: set[int] = set()
    done = threading.Event()
    for _ in range(50):
        crew.call(lambda: (seen.add(threading.current_thread().name), idents.add(threading.get_ident())))
    crew.call(done.set)
    assert done.wait(30)
    crew.look()
    crew.look()
    assert seen == {"test-crew"}
    assert len(idents) == 1


@pytest.mark.parametrize("depth", [1, 4])
def test_who_makes_way_may_wait_for_what_comes_later(crew: Crew, depth: int) -> None:
    """And so may that one."""
    done = [threading.Event() for _ in range(depth + 1)]
    came: list[bool] = []

    def work(number: int) -> None:
        if number < depth:
            crew.call(lambda: work(number + 1))
            assert threading.get_ident() in crew.busy
            assert crew.is_here
            crew.make_way()
            came.append(done[number + 1].wait(30))
        done[number].set()

    crew.call(lambda: work(0))
    assert done[0].wait(30)
    assert came == [True] * depth


def test_who_makes_way_again_gets_no_more_threads(crew: Crew) -> None:
    """One is enough for as long as that one does not wait, too."""
    before = threading.active_count()
    counts: list[int] = []
    done = threading.Event()

    def work() -> None:
        for _ in range(3):
            crew.make_way()
        counts.append(threading.active_count() - before)
        done.set()

    crew.call(work)
    assert done.wait(30)
    assert counts == [2]


def test_one_that_blocks_without_a_word_is_found_by_looking(crew: Crew) -> None:
    """At the second look at which nothing was begun since the first; and so for the next one."""
    gate, begun, done = threading.Event(), threading.Semaphore(0), threading.Event()

    def block() -> None:
        begun.release()
        gate.wait(30)

    crew.call(block)
    assert begun.acquire(timeout=30)
    crew.call(block)
    crew.look()
    crew.look()
    assert begun.acquire(timeout=30)
    crew.call(done.set)
    crew.look()
    assert not done.is_set()  # the second block was begun since the last look
    crew.look()
    assert done.wait(30)
    gate.set()


def test_what_comes_when_there_is_no_thread_left_is_done_later(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look makes the thread that could not be made."""
    came: list[bool] = []
    later, done, waits = threading.Event(), threading.Event(), threading.Event()

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def work() -> None:
        crew.call(later.set)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            crew.make_way()
        waits.set()
        came.append(later.wait(30))
        done.set()

    crew.call(work)
    assert waits.wait(30)
    crew.look()
    crew.look()
    assert done.wait(30)
    assert came == [True]


def test_it_ends_though_a_thread_is_made_after_it_was_told_to(crew: Crew) -> None:
    """Who waits at the end still gets what it waits for, and each thread its word."""
    came: list[bool] = []
    stopped, later, begun = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        stopped.wait(30)
        crew.make_way()
        crew.call(later.set)
        came.append(later.wait(30))

    crew.call(work)
    assert begun.wait(30)
    crew.stop()
    stopped.set()
    crew.join(30)
    assert came == [True]


def test_one_that_ends_before_it_begins_is_not_counted(crew: Crew, stillborn: Any) -> None:
    """Another one is made when one is needed next."""
    first, later, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        with stillborn("test-crew"):
            crew.make_way()
        first.set()
        later.wait(30)
        crew.make_way()
        done.wait(30)

    crew.call(work)
    assert first.wait(30)
    crew.call(done.set)
    later.set()
    assert done.wait(30)


def test_who_looks_and_who_joins_may_meet_one_that_is_just_being_made(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that cannot be made is gone from the list already when its maker wants to take it out; who joins does not raise."""
    seen: list[int] = []

    def cannot(_thread: Thread) -> None:
        known = len(crew._more)
        crew.join(0.01)
        seen.append(known)
        crew._more.clear()
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", cannot)
        crew._make_another()
    assert seen == [1]
    assert crew._more == []
