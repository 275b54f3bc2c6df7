"""A beginning that fails half-way leaves nothing, tells who asked meanwhile, and the next one works."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

import safepool
from safepool.engine import beginning
from tests.safepool.tasks import FORK, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


class Torn(BaseException):
    """What a signal's handler raises: no Exception."""


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError(), Torn()])
@pytest.mark.parametrize("where", ["create_region", "map_region", "note_pipe", "Launcher"])
def test_whatever_fails_the_next_call_begins_anew(
    monkeypatch: pytest.MonkeyPatch, where: str, error: BaseException
) -> None:
    """Descriptors are short, memory is, or a handler raises: the caller gets that, and his next call works."""
    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        with monkeypatch.context() as patch, pytest.raises(type(error)):
            patch.setattr(beginning, where, lambda *_: (_ for _ in ()).throw(error))
            pool.submit(square, 3)
        assert pool.submit(square, 3).result(30) == 9


def test_the_thread_of_a_beginning_that_was_torn_away_is_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """``Thread.start()`` waits for the thread in Python code, where a handler can raise: it runs, and must not."""
    start = threading.Thread.start

    def torn(thread: threading.Thread) -> None:
        start(thread)
        if thread.name.endswith("-engine"):
            # The worst moment: its first worker has become ready.
            engine = pool._engine
            while not engine.core.idle:
                pass
            raise Torn

    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        with monkeypatch.context() as patch, pytest.raises(Torn):
            patch.setattr(threading.Thread, "start", torn)
            pool.submit(square, 3)
        assert not [thread for thread in threading.enumerate() if thread.name.endswith("-engine")]
        assert pool.submit(square, 3).result(30) == 9


def test_who_asks_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread's call, left while the pool was being made: it fails with the beginning, or begins anew; it never waits."""
    answered: list[Any] = []
    asking: list[threading.Thread] = []
    with safepool.ProcessPoolExecutor(1, FORK) as pool:

        def ask() -> None:
            try:
                answered.append(pool.submit(square, 4).result(30))
            except safepool.PoolBroken as error:
                answered.append(error)

        def fails(*_: Any) -> Any:
            asking.append(threading.Thread(target=ask))
            asking[0].start()
            asking[0].join(0.2)
            raise OSError(24, os.strerror(24))

        with monkeypatch.context() as patch, pytest.raises(OSError, match="Too many"):
            patch.setattr(beginning, "Launcher", fails)
            pool.submit(square, 3)
        asking[0].join(30)
        assert answered == [16] or isinstance(answered[0], safepool.PoolBroken)
        assert pool.submit(square, 3).result(30) == 9


@pytest.mark.parametrize("where", ["before the thread is made", "before it is started"])
def test_who_waits_for_the_end_waits_for_a_beginning_in_another_thread(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """``shutdown()`` comes while another thread's first ``submit()`` makes the pool: what that submits is done by then."""
    start, make = threading.Thread.start, beginning.create_region
    reached, goes_on = threading.Event(), threading.Event()
    futures: list[Any] = []

    def held() -> None:
        reached.set()
        assert goes_on.wait(30)

    def held_start(thread: threading.Thread) -> None:
        if thread.name.endswith("-engine"):
            held()
        start(thread)

    def held_make(*args: Any) -> Any:
        held()
        return make(*args)

    pool = safepool.ProcessPoolExecutor(1, FORK)
    with monkeypatch.context() as patch:
        if where == "before it is started":
            patch.setattr(threading.Thread, "start", held_start)
        else:
            patch.setattr(beginning, "create_region", held_make)
        first = threading.Thread(target=lambda: futures.append(pool.submit(square, 3)))
        first.start()
        assert reached.wait(30)
        threading.Timer(0.1, goes_on.set).start()
        pool.shutdown()
    assert goes_on.is_set()  # it has waited
    first.join(30)
    assert futures[0].result(30) == 9


def test_who_interrupted_a_beginning_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal handler that shuts the pool down in the middle of its own thread's first ``submit()``."""
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        if thread.name.endswith("-engine"):
            pool.shutdown()
        start(thread)

    pool = safepool.ProcessPoolExecutor(1, FORK)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        future = pool.submit(square, 3)
    assert future.result(30) == 9
    pool.shutdown()
