"""Who starts a thread of ours comes back: it has begun, or it is gone, and that is said."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from safepool.protocol.bell import Bell
from safepool.protocol.threads import Thread

from ..interfaces.fakes import Torn

pytestmark = [pytest.mark.timeout(60)]

Stillborn = Callable[[str], contextlib.AbstractContextManager[None]]


def test_it_is_a_thread_as_any_other() -> None:
    """Its name, its object, its place in the list of threads; a daemon."""
    seen: list[Any] = []
    gate = threading.Event()

    def run(*args: int) -> None:
        seen.extend([threading.current_thread(), args])
        gate.wait(30)

    thread = Thread(run, "test-thread", 1, 2)
    assert not thread.is_gone()
    thread.start()
    assert thread.is_alive()
    assert not thread.is_gone()
    assert thread in threading.enumerate()
    assert thread.daemon
    gate.set()
    thread.join(30)
    assert seen == [thread, (1, 2)]
    while not thread.is_gone():  # its last steps are in C
        pass
    assert thread not in threading.enumerate()


def test_one_that_ends_before_it_has_begun_is_not_waited_for(stillborn: Stillborn) -> None:
    """``threading.Thread.start()`` would wait for ever. It is in no list afterwards."""
    thread = Thread(print, "test-thread")
    with (
        stillborn("test-thread"),
        pytest.raises(RuntimeError, match="can't start new thread: it ended before it had begun"),
    ):
        thread.start()
    assert thread.is_gone()
    assert thread not in threading.enumerate()


def test_one_that_has_ended_is_forgotten_at_once() -> None:
    """And not by the collector: until then its stack stays mapped, since 3.13, 8 MB for each imap."""
    gc.disable()
    try:
        thread = Thread(int, "test-thread")
        thread.start()
        thread.join(30)
        while not thread.is_gone():
            pass
        forgotten = weakref.ref(thread)
        del thread
        assert forgotten() is None
    finally:
        gc.enable()


def test_what_the_system_is_handed_is_a_method_of_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debuggers ask for its ``__self__``; for one without, they make a thread of their own, a dummy."""
    name = "_start_joinable_thread" if sys.version_info >= (3, 13) else "_start_new_thread"
    make = getattr(threading, name)
    handed: list[Any] = []

    def start(call: Any, *arguments: Any, **keywords: Any) -> Any:
        handed.append(call.__self__)
        return make(call, *arguments, **keywords)

    monkeypatch.setattr(threading, name, start)
    thread = Thread(int, "test-thread")
    thread.start()
    thread.join(30)
    assert handed == [thread]


def test_a_wait_for_its_beginning_ends_at_a_timeout() -> None:
    """As an Event's, whose place is taken."""
    thread = Thread(len, "test-thread", "x")
    assert thread._started.wait(0.01) is False
    thread.start()
    assert thread._started.wait(0.01) is True
    thread.join(30)


def test_what_it_raises_ends_it_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the program's hook."""
    told: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))
    thread = Thread(lambda: 1 // 0, "test-thread")
    thread.start()
    thread.join(30)
    assert told == [ZeroDivisionError]


# threading's start() takes any Exception for "there is no thread", and then a thread that is there ends with a KeyError.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_who_is_torn_away_while_it_begins_does_not_hold_it_up(alarm: Any) -> None:
    """A handler raises in the main thread at many points of ``start()``: each thread that was made ends."""
    ran, made = [0], []
    torn = 0
    for i in range(300):
        thread = Thread(lambda: ran.__setitem__(0, ran[0] + 1), f"test-{i}")
        made.append(thread)
        try:
            try:
                alarm(1e-6 + i % 60 * 2e-6)
                thread.start()
            finally:
                alarm(0)
        except Torn:
            torn += 1
    for thread in made:
        if thread._started.call is not None:
            waiting = threading.Event()
            for _ in range(int(20 / 0.01)):
                if thread.is_gone():
                    break
                waiting.wait(0.01)
            assert thread.is_gone(), thread
    assert torn > 20


def test_a_fork_can_go_on_with_its_threads() -> None:
    """``threading`` makes the locks of all threads anew in the child, those of ours included."""
    gate = threading.Event()
    thread = Thread(gate.wait, "test-thread", 30)
    thread.start()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            again = Thread(len, "test-again", "x")
            again.start()
            again.join(10)
            status = 0 if again.is_gone() and not thread.is_alive() else 2
        finally:
            os._exit(status)
    gate.set()
    thread.join(30)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_one_that_ends_in_its_first_steps_is_in_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has begun, as far as ``start()`` knows, and is not among the living yet: there is no memory for the place."""
    monkeypatch.setattr(sys, "unraisablehook", lambda _what: None)
    thread = Thread(int, "test-thread")
    begun = thread._started.set

    def poor() -> None:
        begun()
        raise MemoryError

    monkeypatch.setattr(thread._started, "set", poor)
    thread.start()
    while not thread.is_gone():
        pass
    assert thread not in threading.enumerate()


def test_without_memory_it_is_waited_for_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who starts it would take it for one that is not there, and nobody would know of it."""
    short = [3]
    wait = Bell.wait

    def poor(bell: Bell, *arguments: Any) -> bool:
        if short[0]:
            short[0] -= 1
            raise MemoryError
        return wait(bell, *arguments)

    monkeypatch.setattr(Bell, "wait", poor)
    gate = threading.Lock()
    gate.acquire()
    make = threading.Thread._bootstrap  # type: ignore[attr-defined]
    monkeypatch.setattr(threading.Thread, "_bootstrap", lambda thread: (gate.acquire(True, 0.05), make(thread)))
    thread = Thread(int, "test-thread")
    thread.start()
    thread.join(30)
    assert short == [0]


def test_what_tears_the_start_away_comes_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """``threading`` then takes the thread out of a list, in which it is no more: that is nobody's error."""

    def torn(self: threading.Thread) -> None:
        try:
            raise Torn
        except Torn:
            del {}[self]  # type: ignore[misc]

    monkeypatch.setattr(threading.Thread, "start", torn)
    with pytest.raises(Torn) as caught:
        Thread(print, "test").start()
    assert caught.value.__cause__ is None
