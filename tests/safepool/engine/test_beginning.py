"""A beginning that fails half-way leaves nothing, tells who asked meanwhile, and the next one works."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

import safepool
from safepool.engine import beginning
from safepool.engine.outcomes import Outcomes
from safepool.engine.selector import Selector
from safepool.protocol.region import Region
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
        assert answered == [16] or (answered[0].reason, "could not begin" in str(answered[0])) == ("start", True)
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


def interrupt_once(patch: pytest.MonkeyPatch, where: Any, name: str, handler: Callable[[], None]) -> None:
    """As if a signal came while the pool begins, at the first call of this function."""
    function = getattr(where, name)
    due = [handler]

    def interrupted(*arguments: Any) -> Any:
        if due:
            due.pop()()
        return function(*arguments)

    patch.setattr(where, name, interrupted)


#: The first, a middle and the last moment.
MOMENTS = [(beginning.Beginning, "_begin"), (beginning.Beginning, "_set_up"), (beginning.threading.Thread, "start")]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_handler_that_interrupts_it_begins_nothing_of_its_own(
    monkeypatch: pytest.MonkeyPatch, moment: tuple[Any, str]
) -> None:
    """Its task is done by the pool that is being made; waiting for it in there could never end, and says so at once."""
    found: list[Any] = []

    def handler() -> None:
        future = pool.submit(square, 4)
        with pytest.raises(RuntimeError, match="interrupted the pool itself"):
            future.result()
        found.append(future)

    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        with monkeypatch.context() as patch:
            interrupt_once(patch, *moment, handler)
            assert pool.submit(square, 3).result(30) == 9
        assert found[0].result(30) == 16


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("wait", [True, False])
def test_a_handler_that_interrupts_it_may_end_the_pool(
    monkeypatch: pytest.MonkeyPatch, moment: tuple[Any, str], wait: bool
) -> None:
    """It returns at once; the task that was on its way is done, or was too late."""
    pool = safepool.ProcessPoolExecutor(1, FORK)
    with monkeypatch.context() as patch:
        interrupt_once(patch, *moment, lambda: pool.shutdown(wait))
        try:
            assert pool.submit(square, 3).result(30) == 9
        except (safepool.PoolBroken, concurrent.futures.CancelledError, RuntimeError):
            pass
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(square, 3)
    pool.shutdown()


def test_a_pool_that_was_ended_meanwhile_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread ended it after the caller had looked."""
    pool = safepool.ProcessPoolExecutor(1, FORK)
    engine = pool._engine
    engine._shutdown.terminate("the pool was terminated", 15)
    with pytest.raises(safepool.PoolBroken, match="was terminated"):
        engine.start()
    assert engine._beginning.thread is None and not engine._beginning.begun


def test_who_cannot_begin_it_since_another_one_is_at_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other's attempt fails, and has looked at the messages already: it looks again when it lets go."""
    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        started = pool._engine._beginning
        futures: list[Any] = []

        def late() -> None:
            with monkeypatch.context() as patch:
                patch.setattr(type(started), "start", lambda _self: None)  # it could not have the lock
                patch.setattr(pool._engine, "start", started.start)
                futures.append(pool.submit(square, 4))

        assert started.instead(late)
        with pytest.raises(
            safepool.PoolBroken, match="could not begin, or was interrupted there; the next call tries again"
        ):
            futures[0].result(30)
        assert pool.submit(square, 3).result(30) == 9


def test_what_else_was_asked_while_a_beginning_failed_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks fail with it; but who feeds a pool was counted, or is not, both times."""
    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        engine, feeder = pool._engine, object()

        def fails(*_: Any) -> Any:
            engine._turns.ask(engine._count, feeder)
            raise OSError(24, os.strerror(24))

        with monkeypatch.context() as patch, pytest.raises(OSError, match="Too many"):
            patch.setattr(beginning, "Launcher", fails)
            pool.submit(square, 3)
        assert engine.core.producers == 1
        engine._no_more(feeder)
        engine._no_more(feeder)
        assert engine.core.producers == 0


@pytest.mark.parametrize("when", ["before it has begun", "before it sees to anything"])
def test_where_the_pools_own_thread_ends_at_once_the_caller_is_told(
    monkeypatch: pytest.MonkeyPatch, stillborn: Any, when: str
) -> None:
    """For want of memory; nobody else would know. The next call begins anew."""
    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        with contextlib.ExitStack() as stack:
            if when == "before it has begun":
                stack.enter_context(stillborn("-engine"))
            else:
                patch = stack.enter_context(monkeypatch.context())
                patch.setattr(pool._engine._loop, "run", lambda *_: None)
            with pytest.raises(RuntimeError, match="can't start new thread"):
                pool.submit(square, 3)
        assert pool.submit(square, 3).result(30) == 9


@pytest.mark.parametrize("seen", [True, False], ids=["by its caller", "by who waits for it"])
def test_a_beginning_whose_undoing_was_torn_away_is_undone(monkeypatch: pytest.MonkeyPatch, seen: bool) -> None:
    """A second exception, right after the first: as if the pool had begun, and nobody was there who could see a message."""
    tears = [True]
    undo = beginning.Beginning._undo

    def torn(self: beginning.Beginning) -> None:
        if tears:
            tears.pop()
            raise Torn
        undo(self)

    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(beginning.Beginning, "_undo", torn)
            patch.setattr(beginning, "Launcher", lambda *_: (_ for _ in ()).throw(OSError(24, "Too many open files")))
            if not seen:
                patch.setattr(beginning.Beginning, "_is_torn", lambda _self: False)
            with pytest.raises(Torn):
                pool.submit(square, 3)
        assert pool._engine._beginning.begun is not seen
        if not seen:
            pool._engine.join()
        assert pool.submit(square, 3).result(30) == 9


@pytest.mark.parametrize("owner, name", [(Region, "close"), (Selector, "close"), (Outcomes, "stop")])
def test_a_last_step_for_which_there_is_no_memory_is_taken_again(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    """Or a descriptor would stay open, or a thread that nobody told to end be waited for, for ever."""
    step = getattr(owner, name)
    short = [2]

    def poor(one: Any) -> None:
        if short[0]:
            short[0] -= 1
            raise MemoryError
        step(one)

    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        assert pool.submit(square, 3).result(30) == 9
        monkeypatch.setattr(owner, name, poor)
    assert short == [0]


def test_where_every_new_thread_ends_at_once_the_beginning_is_undone_by_its_caller() -> None:
    """A trace function that raises, say: nothing is left, and the next call begins anew."""

    def refuses(*_: Any) -> Any:
        raise ValueError("for a test")

    told = threading.excepthook
    with safepool.ProcessPoolExecutor(1, FORK) as pool:
        threading.settrace(refuses)
        threading.excepthook = lambda _args: None
        try:
            with pytest.raises(RuntimeError, match="can't start new thread"):
                pool.submit(square, 3)
        finally:
            threading.settrace(None)  # type: ignore[arg-type]
            threading.excepthook = told
        assert not pool._engine._beginning.begun
        assert pool.submit(square, 3).result(30) == 9
