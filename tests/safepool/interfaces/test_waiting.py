"""Turns and what is done aside: nobody is left waiting, whoever is torn away."""

from __future__ import annotations

import _thread
import os
import threading
import time
from typing import Any

import pytest

from safepool.interfaces.waiting import Aside, Turn, bell_of, end_turn, ring, take_turn
from safepool.protocol.bell import LOOK_AGAIN, Bell

from .fakes import Torn

pytestmark = [pytest.mark.timeout(60)]


def test_one_at_a_time_has_the_turn(switching: None) -> None:
    """Threads that want the same done: one does it, the others wait and find it there."""
    for _ in range(200):
        place: dict[str, Any] = {}
        at_work: list[int] = []
        most: list[int] = []

        def work(place: dict[str, Any] = place, at_work: list[int] = at_work, most: list[int] = most) -> None:
            turn = take_turn(place, "done")
            if turn is not None:
                at_work.append(1)
                most.append(len(at_work))
                time.sleep(0)
                place.setdefault("done", True)
                at_work.pop()
                del turn
                end_turn(place)
            assert place["done"]

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most and max(most) == 1


@pytest.mark.parametrize("kept", [False, True])
def test_a_turn_ends_with_its_frame(kept: bool) -> None:
    """Who has it is torn away and does not give it back: the next one gets it, though somebody may keep the exception."""
    place: dict[str, Any] = {}
    errors: list[Torn] = []

    def torn_away() -> None:
        turn = take_turn(place, "done")
        assert turn is not None
        raise Torn

    try:
        torn_away()
    except Torn as error:
        if kept:
            errors.append(error)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(take_turn(place, "done")))
    thread.start()
    thread.join(10)
    assert type(answers[0]) is Turn


def test_a_thread_does_not_wait_for_itself() -> None:
    """Further up the same thread has the turn: it gets another."""
    place: dict[str, Any] = {}
    turn = take_turn(place, "done")
    again = take_turn(place, "done")
    assert turn is not None
    assert again is not None
    assert turn is not again


def test_who_waits_for_a_turn_that_is_torn_away_gets_it() -> None:
    """Within a look by himself."""
    place: dict[str, Any] = {}
    held = threading.Event()
    leave = threading.Event()

    def torn_away() -> None:
        turn = take_turn(place, "done")
        held.set()
        leave.wait(10)
        del turn

    first = threading.Thread(target=torn_away)
    first.start()
    held.wait(10)
    answers: list[Any] = []
    second = threading.Thread(target=lambda: answers.append(take_turn(place, "done")))
    second.start()
    leave.set()
    second.join(10 * LOOK_AGAIN)
    first.join()
    assert type(answers[0]) is Turn


def test_an_object_has_one_bell(switching: None) -> None:
    """However many make it at once; to ring where nobody ever slept is nothing."""
    ring({})
    for _ in range(300):
        place: dict[str, Any] = {}
        bells: list[Bell] = []
        threads = [threading.Thread(target=lambda p=place, b=bells: b.append(bell_of(p))) for _ in range(3)]  # type: ignore[misc]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(map(id, bells))) == 1


def test_what_is_put_aside_is_done(switching: None) -> None:
    """Every job, by another thread, while several put them there; one that is not finished comes again, one that raises not."""
    aside = Aside()
    here = _thread.get_ident()
    done: list[tuple[int, int]] = []
    raised: list[int] = []
    tries: dict[int, int] = {}

    def job(number: int) -> bool:
        tries[number] = tries.get(number, 0) + 1
        if number % 7 == 0:
            raised.append(number)
            raise ValueError
        if number % 3 == 0 and tries[number] < 3:
            return False
        done.append((number, _thread.get_ident()))
        return True

    def put(first: int) -> None:
        for number in range(first, 3000, 3):
            aside.do(lambda number=number: job(number))  # type: ignore[misc]

    threads = [threading.Thread(target=put, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 20
    while len(done) + len(raised) < 3000 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert sorted(number for number, _ in done) == [n for n in range(3000) if n % 7]
    assert len(raised) == len(range(0, 3000, 7))
    assert here not in {thread for _, thread in done}


def test_without_a_thread_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system has no thread left."""

    def none_left(*_args: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", none_left)
    done: list[int] = []
    aside = Aside()
    aside.do(lambda: bool(done.append(1)) or True)
    assert done == [1]
    aside._jobs.append(lambda: bool(done.append(2)) or True)
    aside.look()  # the engine's thread: it has other things to do
    assert done == [1]


def test_a_fork_makes_a_thread_of_its_own() -> None:
    """The thread that was at work stayed behind in the parent."""
    aside = Aside()
    started, leave = threading.Event(), threading.Event()

    def wait() -> bool:
        started.set()
        leave.wait(20)
        return True

    aside.do(wait)
    started.wait(10)
    pid = os.fork()
    if not pid:
        done = threading.Event()
        aside.do(lambda: bool(done.set()) or True)
        os._exit(0 if done.wait(10) else 1)
    _, status = os.waitpid(pid, 0)
    leave.set()
    assert status == 0


def test_a_thread_that_came_to_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended before it had begun: what was put aside is done after the next look."""
    aside, done = Aside(), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", lambda *_args: 0)
        aside.do(lambda: bool(done.set()) or True)
    assert not done.is_set()
    aside.look()
    assert done.wait(30)


def test_a_job_that_has_no_memory_comes_again() -> None:
    """Until it has; the others are done meanwhile."""
    aside, done = Aside(), threading.Event()
    short = [3]

    def poor() -> bool:
        if short[0]:
            short[0] -= 1
            raise MemoryError
        done.set()
        return True

    aside.do(poor)
    assert done.wait(30)
