"""``TaskFuture`` as ``concurrent.futures.wait`` and ``as_completed`` see it, alone: each outcome once; nobody waits for ever."""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import threading
import time
from typing import Any

import pytest

from safepool import WorkerDied
from safepool.interfaces.futures import TaskFuture
from safepool.interfaces.watchers import CONDITION_BOUND

from .fakes import FakeEngine, Torn, answer, elsewhere, new, together

pytestmark = [pytest.mark.timeout(120)]


class ForeignEngine(FakeEngine):
    """As in a fork, once ``foreign`` is set."""

    @staticmethod
    def refusal() -> BaseException:
        return RuntimeError("this is a fork")


def test_in_a_fork_nobody_waits_for_a_future_in_any_way() -> None:
    """What is not done never will be, there; what is, is seen, though nobody is there who could tell those who wait."""
    engine = ForeignEngine()
    done, told_late, pending = new(engine), new(engine), new(engine)
    done.settle_item(0, 1)
    held = told_late._condition
    taken = threading.Thread(target=held.acquire)  # by a thread of the parent, at the moment of the fork
    taken.start()
    taken.join()
    told_late.__dict__["_outcome"] = ("FINISHED", True, 2)
    held.pid -= 1
    engine.foreign = True
    three = [done, told_late, pending]
    for way in (
        lambda: concurrent.futures.wait(three),
        lambda: list(concurrent.futures.as_completed(three)),
        lambda: pending.add_done_callback(print),
        lambda: asyncio.run(_wrapped(pending)),
    ):
        with pytest.raises(RuntimeError, match="this is a fork"):
            way()
    # None of them has kept a condition, so that another thread gets them.
    assert elsewhere(concurrent.futures.wait, three[:2], 20).not_done == set()
    assert set(elsewhere(lambda: list(concurrent.futures.as_completed(three[:2], 20)))) == {done, told_late}
    assert pending.cancel()
    assert elsewhere(concurrent.futures.wait, three, 20).not_done == set()
    engine.foreign = False
    engine.end()


async def _wrapped(future: TaskFuture[Any]) -> None:
    await asyncio.wrap_future(future)


def test_wait_and_as_completed_see_each_future_once(engine: FakeEngine, switching: None) -> None:
    """While another thread settles them, mixed with futures of the standard library: none is missed, none comes twice."""
    for round_ in range(60):
        ours = [new(engine) for _ in range(50)]
        theirs: list[Any] = [concurrent.futures.Future() for _ in range(5)]
        every = [*ours, *theirs]

        def settle(ours: list[Any] = ours, theirs: list[Any] = theirs) -> None:
            for number, future in enumerate(ours):
                if number % 5:
                    future.settle_item(0, number)
                elif number % 2:
                    future.settle_item(0, WorkerDied("x"))
                else:
                    future.cancel()
            for future in theirs:
                future.set_result(1)

        def wait(every: list[Any] = every, round_: int = round_) -> None:
            if round_ % 3 == 0:
                done, not_done = concurrent.futures.wait(every, 20)
                assert not not_done
                assert len(done) == len(every)
            elif round_ % 3 == 1:
                assert len(list(concurrent.futures.as_completed(every, 20))) == len(every)
            else:
                done, _ = concurrent.futures.wait(every, 20, concurrent.futures.FIRST_EXCEPTION)
                assert any(f.cancelled() or f.exception() for f in done)
                assert not concurrent.futures.wait(every, 20).not_done

        together(settle, wait, wait)


def test_a_waiter_that_is_torn_away_holds_nobody_up(engine: FakeEngine, alarm: Any) -> None:
    """A handler raises while the main thread is in wait() or as_completed(); the thread that settles goes on, and so does who
    asks again."""
    slowest, torn = 0.0, 0
    for i in range(150):
        futures = [new(engine) for _ in range(20)]

        def settle(futures: list[Any] = futures) -> None:
            nonlocal slowest
            for future in futures:
                began = time.monotonic()
                future.settle_item(0, 1)
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(1e-5)

        thread = threading.Thread(target=settle)
        thread.start()
        try:
            try:
                alarm(1e-6 + random.random() * 1e-3)
                if i % 2:
                    concurrent.futures.wait(futures)
                else:
                    for _ in concurrent.futures.as_completed(futures):
                        pass
            finally:
                alarm(0)
        except Torn:
            torn += 1
        thread.join(20)
        assert not thread.is_alive()
        assert [answer(future) for future in futures] == ["1"] * 20
        assert not concurrent.futures.wait(futures, 20).not_done
    assert torn > 20
    assert slowest < 5


def test_a_condition_that_was_left_locked_is_done_without(engine: FakeEngine) -> None:
    """As wait() leaves it, torn away: the outcome is there at once, and a waiter hears of it after a bound."""
    future = new(engine)
    condition: Any = future._condition
    leave = threading.Event()
    thread = threading.Thread(target=lambda: (condition.acquire(), leave.wait(20)))
    waiter_told = threading.Event()

    class Waiter:
        def add_result(self, _future: Any) -> None:
            waiter_told.set()

    future._waiters.append(Waiter())
    thread.start()
    while condition.try_to_take():
        condition.release()
    began = time.monotonic()
    future.settle_item(0, 1)
    assert time.monotonic() - began < 1
    assert future.done()
    assert future.result() == 1
    assert waiter_told.wait(CONDITION_BOUND + 5)
    assert future._state == "FINISHED"
    leave.set()
    thread.join()
