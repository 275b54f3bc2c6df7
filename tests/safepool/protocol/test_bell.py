"""A sleeper is woken, looks by himself, and leaves nothing locked, whoever is torn away."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from safepool.protocol.bell import LOOK_AGAIN, Bell

from ..interfaces.fakes import Torn

pytestmark = [pytest.mark.timeout(60)]


def test_who_has_come_before_is_not_waited_for() -> None:
    """The state is looked at before anybody sleeps."""
    assert Bell().wait(lambda: True)
    assert not Bell().wait(lambda: False, 0)
    assert not Bell().wait(lambda: False, -1)


def test_a_timeout_is_kept() -> None:
    """Neither less nor much more, LOOK_AGAIN or not."""
    for seconds in (0.05, LOOK_AGAIN + 0.2):
        began = time.monotonic()
        assert not Bell().wait(lambda: False, seconds)
        assert seconds <= time.monotonic() - began < seconds + 1


def test_every_sleeper_is_woken_at_once(switching: None) -> None:
    """Rounds of several threads that wait for a number to rise: no round takes as long as a look by oneself."""
    bell, number = Bell(), [0]
    rounds, sleepers = 2000, 3
    seen: list[list[int]] = [[] for _ in range(sleepers)]

    def sleep(mine: list[int]) -> None:
        for i in range(1, rounds + 1):
            assert bell.wait(lambda i=i: number[0] >= i, 20)  # type: ignore[misc]
            mine.append(i)

    threads = [threading.Thread(target=sleep, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    for i in range(1, rounds + 1):
        number[0] = i
        bell.ring()
        while not all(len(mine) >= i for mine in seen):
            assert time.monotonic() - began < 50
            time.sleep(0)
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < rounds * LOOK_AGAIN / 50


def test_a_sleeper_looks_again_by_himself() -> None:
    """Who should have rung was torn away: what he had changed is seen all the same."""
    bell, there = Bell(), [False]
    threading.Timer(0.05, lambda: there.__setitem__(0, True)).start()
    assert bell.wait(lambda: there[0], 10 * LOOK_AGAIN)


def test_a_sleeper_that_is_torn_away_leaves_nothing_locked(alarm: Any) -> None:
    """A handler raises in the main thread while it waits, at many points; another thread rings, and is never held up."""
    bell, stop = Bell(), [False]
    rung = [0]

    def ringer() -> None:
        while not stop[0]:
            bell.ring()
            rung[0] += 1
            time.sleep(0.0001)

    thread = threading.Thread(target=ringer)
    thread.start()
    torn = 0
    try:
        for i in range(300):
            try:
                alarm(1e-6 + i % 50 * 1e-5)
                bell.wait(lambda: False, 0.01)
            except Torn:
                torn += 1
            finally:
                alarm(0)
    except Torn:
        torn += 1
    before = rung[0]
    assert bell.wait(lambda: rung[0] > before + 10, 10)
    stop[0] = True
    thread.join(10)
    assert not thread.is_alive()
    assert torn > 100


def test_a_wait_ends_though_a_test_stops_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is held where a patch of ``time`` does not find it."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    assert not Bell().wait(lambda: False, 0.05)
