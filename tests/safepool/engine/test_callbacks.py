"""Users' code has a thread of its own: the engine goes on whatever it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from safepool import Pool, WorkerDied
from safepool.engine import callbacks
from safepool.engine.callbacks import Helper
from tests.safepool.engine.interruptions import interruptions
from tests.safepool.tasks import FORK, kill_at, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_a_callback_that_blocks_does_not_delay_the_news_of_a_death() -> None:
    """Callbacks have a thread of their own."""
    gate = threading.Event()
    with Pool(2, context=FORK) as pool:
        blocked = pool.apply_async(square, (2,), callback=lambda value: gate.wait(30))
        with pytest.raises(WorkerDied):
            pool.apply(kill_at, (3,))
        gate.set()
        assert blocked.get(30) == 4
    pool.join()


@pytest.fixture
def helper() -> Iterator[Helper]:
    one = Helper("test-helper")
    yield one
    one.stop()
    one.join(30)


def test_a_helper_runs_things_one_after_the_other_in_one_thread_that_is_made_when_needed(helper: Helper) -> None:
    """In the order in which they were asked for."""
    before = threading.active_count()
    seen: list[tuple[int, str]] = []
    for number in range(50):
        helper.call(lambda number=number: seen.append((number, threading.current_thread().name)))  # type: ignore[misc]
    assert threading.active_count() <= before + 1
    helper.stop()
    helper.join(30)
    assert seen == [(number, "test-helper") for number in range(50)]
    assert not helper.is_here


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_users_code_raises_is_logged_and_ends_nothing(
    helper: Helper, error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """BaseExceptions too: the next one runs."""
    done = threading.Event()

    def fail() -> None:
        raise error("mine")

    with caplog.at_level(logging.ERROR, "safepool"):
        helper.call(fail)
        helper.call(done.set)
        assert done.wait(30)
    assert "a callback raised" in caplog.text
    assert "mine" in caplog.text


def test_threads_that_start_a_helper_at_once_start_one(helper: Helper) -> None:
    """Callers may need it at the same moment, from many threads."""
    together = threading.Barrier(8)
    here: set[str] = set()
    names: set[int] = set()

    def call() -> None:
        together.wait()
        helper.call(lambda: (here.add(threading.current_thread().name), names.add(threading.get_ident())))
        helper.start()

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    helper.stop()
    helper.join(30)
    assert here == {"test-helper"}
    assert len(names) == 1


def test_a_stop_comes_after_what_was_asked_for_before(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if there was no thread for it until then."""
    done: list[str] = []

    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        with pytest.raises(RuntimeError):
            helper.start()
        helper.call(lambda: done.append("before"))
    helper.stop()
    helper.join(30)
    assert done == ["before"]


def test_what_is_asked_for_while_it_is_stopped_is_done(helper: Helper) -> None:
    """The queue does not end with something that is never run."""
    done = threading.Event()
    helper.start()
    helper.stop()
    helper.call(done.set)
    assert done.wait(30)


def test_what_is_asked_for_after_the_end_was_announced_keeps_no_thread_from_ending(helper: Helper) -> None:
    """The thread is at work, and its word to end waits behind that; what comes later is run by another one, word or no word."""
    gate, begun, done = threading.Event(), threading.Event(), threading.Event()
    helper.call(lambda: (begun.set(), gate.wait(30)))
    assert begun.wait(30)
    (thread,) = {one for one in threading.enumerate() if one.name == "test-helper"}
    helper.stop()
    helper.call(done.set)
    assert done.wait(30)
    gate.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_helper_does_not_wait_for_itself(helper: Helper) -> None:
    """A callback may join the pool that calls it."""
    done = threading.Event()
    helper.call(lambda: (helper.join(), done.set()))
    assert done.wait(30)


def test_a_helper_knows_itself_from_the_first_function_on(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks it for the way back must not be told that he is somebody else (``Engine.join``)."""
    seen: list[bool] = []
    ran = threading.Event()
    start = threading.Thread.start

    def start_slowly(thread: threading.Thread) -> None:
        start(thread)
        assert ran.wait(30)

    monkeypatch.setattr(threading.Thread, "start", start_slowly)
    helper.call(lambda: (seen.append(helper.is_here), ran.set()))
    assert ran.wait(30)
    assert seen == [True]


def test_interrupted_anywhere_a_helper_has_one_thread_that_does_everything() -> None:
    """The caller that needs it first may be torn away: what it asked for, and what comes later, is run by one thread."""
    wrong = []
    for at in interruptions((callbacks,)):
        helper, done = Helper("test-interrupted"), list[str]()
        asked = at.call(helper.call, lambda done=done: done.append("first"))
        later = threading.Event()
        helper.call(lambda later=later: later.set())
        helper.look()
        threads = {thread for thread in threading.enumerate() if thread.name == "test-interrupted"}
        if len(threads) != 1:
            wrong.append((at.where, f"{len(threads)} threads"))
        for _ in threads:
            helper.stop()
        for thread in threads:
            thread.join(30)
        if not later.is_set() or (not asked and done != ["first"]):
            wrong.append((at.where, "something was not run"))
    assert wrong == []


@pytest.mark.parametrize("asked", ["start", "call"])
def test_a_helper_whose_thread_ended_before_it_began_gets_another(helper: Helper, stillborn: Any, asked: str) -> None:
    """Nobody waits for it meanwhile; what was asked for is run after the next look."""
    done = threading.Event()
    with stillborn("test-helper"):
        if asked == "start":
            with pytest.raises(RuntimeError, match="can't start new thread"):
                helper.start()
        helper.call(done.set)
    helper.look()
    assert done.wait(30)


def test_a_helper_whose_thread_is_gone_gets_another(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of memory it may end anywhere."""
    done = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(Helper, "_serve", lambda _self: None)
        helper.start()
        helper.join(30)
    helper.call(done.set)
    while not done.is_set():  # its last steps are in C
        helper.look()
        done.wait(0.01)


def test_where_there_is_no_memory_for_the_log_a_helper_goes_on(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's handlers may raise, too."""
    done = threading.Event()

    def poor(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(callbacks.logger, "exception", poor)
    helper.call(lambda: 1 // 0)
    helper.call(done.set)
    assert done.wait(30)
