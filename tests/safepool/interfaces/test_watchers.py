"""What ``wait`` and ``as_completed`` hold of a future: nobody else is held up by what they leave locked."""

from __future__ import annotations

import concurrent.futures
import contextlib
import sys
import threading
import time
from concurrent.futures import _base
from typing import Any

import pytest

from safepool.interfaces import waiting, watchers
from safepool.interfaces.watchers import WAITER_BOUND, Condition, Event, WaiterLock, Waiters
from tests.safepool.engine.interruptions import interruptions

pytestmark = [pytest.mark.timeout(60)]


def in_thread(function: Any) -> Any:
    """What it returns in another thread."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(function()))
    thread.start()
    thread.join(20)
    return answers[0]


def test_a_condition_is_taken_and_released() -> None:
    """By ``with``, as often as one likes in one thread; another one has to wait meanwhile."""
    condition = Condition()
    with condition, condition:
        assert not in_thread(condition.try_to_take)
        assert not condition.try_to_take(), "nor is it taken by who has it, further up"
    assert in_thread(lambda: condition.try_to_take() and (condition.release() or True))


def test_a_condition_is_waited_for() -> None:
    """As with ``threading.Condition``: by those who have it, until they are notified."""
    condition, there = Condition(), [False]

    def wait() -> Any:
        with condition:
            return condition.wait_for(lambda: there[0], 20)

    thread_answer: list[Any] = []
    thread = threading.Thread(target=lambda: thread_answer.append(wait()))
    thread.start()
    with condition:
        there[0] = True
        condition.notify_all()
    thread.join(20)
    assert thread_answer == [True]
    with condition:
        assert not condition.wait(0.01)
    with pytest.raises(RuntimeError):
        condition.wait()
    with pytest.raises(RuntimeError):
        condition.notify()


@pytest.mark.parametrize("depth", [1, 2])
def test_who_is_torn_away_from_waiting_has_the_condition_again(depth: int) -> None:
    """As often as before: else the ``with`` around it would raise RuntimeError, in the place of what the handler raised."""
    for interruption in interruptions((watchers, waiting)):
        condition = Condition()
        with contextlib.ExitStack() as stack:
            for _ in range(depth):
                stack.enter_context(condition)
            interruption.call(condition.wait, 0)
        assert in_thread(condition.try_to_take), interruption.where


def test_one_may_tell() -> None:
    """Of any number of threads."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(200):
            condition = Condition()
            answers: list[bool] = []
            threads = [
                threading.Thread(target=lambda c=condition, a=answers: a.append(c.claim_telling()))  # type: ignore[misc]
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(answers) == [False, False, False, True]
    finally:
        sys.setswitchinterval(before)


def test_an_event_is_set_cleared_and_waited_for() -> None:
    """As ``threading.Event``."""
    event = Event()
    assert not event.wait(0.01)
    timer = threading.Timer(0.01, event.set)
    timer.start()
    assert event.wait(20)
    assert event.is_set()
    event.clear()
    assert not event.is_set()


def test_a_lock_that_was_left_locked_holds_nobody_up_for_long() -> None:
    """The first one waits for WAITER_BOUND, the others not at all."""
    lock = WaiterLock()
    lock.__enter__()

    def take() -> float:
        began = time.monotonic()
        with lock:
            pass
        return time.monotonic() - began

    assert WAITER_BOUND <= in_thread(take) < WAITER_BOUND + 1
    lock.__enter__()
    assert in_thread(take) < WAITER_BOUND


def test_the_waiters_of_the_standard_library_get_our_locks() -> None:
    """Those that it makes; a stranger's stays as it is."""
    future: Any = concurrent.futures.Future()
    for how in (_base.FIRST_COMPLETED, _base.ALL_COMPLETED, _base._AS_COMPLETED):  # type: ignore[attr-defined]
        waiters = Waiters()
        future._waiters = waiters
        waiter = _base._create_and_install_waiters([future], how)  # type: ignore[attr-defined]
        assert waiters == [waiter]
        assert type(waiter.event) is Event
        assert type(getattr(waiter, "lock", WaiterLock())) is WaiterLock

    class Stranger:
        event = threading.Event()

    waiters = Waiters()
    waiters.append(Stranger())
    assert type(waiters[0].event) is threading.Event
