"""Results of both interfaces: whoever waits for one gets it. Those of Pool's methods alone, too, without a process."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import pickle
import random
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from safepool import Pool, PoolBroken, ProcessPoolExecutor, TaskExited, UnpickleFailed
from safepool.core.states import Task
from safepool.interfaces.results import AsyncResult, MapResult
from safepool.protocol.words import RAISED, RUN
from tests.safepool.tasks import FORK, square

from .fakes import FakeEngine, FakePool, Torn, pickled, together

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_several_threads_wait_for_one_result() -> None:
    """Each gets it, however short the task is."""
    with Pool(2, context=FORK) as pool, ProcessPoolExecutor(2, mp_context=FORK) as executor:
        pool.map(square, range(100), chunksize=1)
        for i in range(300):
            calls = [pool.apply_async(square, (i,)).get, executor.submit(square, i).result]
            with concurrent.futures.ThreadPoolExecutor(6) as threads:
                for answer in [threads.submit(call) for call in calls for _ in range(3)]:
                    assert answer.result() == i * i
    pool.join()


@pytest.fixture
def pool() -> Iterator[FakePool]:
    made = FakePool(FakeEngine())
    yield made
    made._engine.end()


def function(*_args: Any) -> None:
    """Called nowhere."""


def result_of(pool: FakePool, *args: Any, callback: Any = None, error_callback: Any = None) -> AsyncResult[Any]:
    return AsyncResult(pool, (function, args, None), callback, error_callback)


def map_of(pool: FakePool, items: Any, keep_errors: bool = False) -> MapResult[Any]:
    return MapResult(pool, function, items, False, None, None, keep_errors)


class Big:
    """An argument that should not be kept."""


class Unnamed(Exception):
    """Can be pickled, and not unpickled."""

    def __reduce__(self) -> Any:
        return (int, ("no number",))


class Refuses(Exception):
    """Will have no cause."""

    @property
    def __cause__(self) -> Any:
        return None

    @__cause__.setter
    def __cause__(self, value: Any) -> None:
        raise TypeError("no cause, please")


class Counted:
    """Unpickled slowly enough for others to come, and counted."""

    times = 0

    def __setstate__(self, state: Any) -> None:
        Counted.times += 1
        time.sleep(0.001)

    def __reduce__(self) -> Any:
        return (Counted, (), {"a": 1})


def test_the_first_entry_stays(pool: FakePool) -> None:
    """A plain value, one to be decoded, an error: in any order."""
    entries: list[tuple[Any, Any]] = [(1, 1), (pickled([2]), [2]), (PoolBroken("x"), None)]
    for first, value in entries:
        for second, _ in entries:
            result = result_of(pool)
            assert not result.ready()
            with pytest.raises(ValueError):
                result.successful()
            result.settle_item(0, first)
            result.settle_item(0, second)
            assert result.ready()
            if value is None:
                with pytest.raises(PoolBroken):
                    result.get()
            else:
                assert result.get() == value
            result.settle_item(0, second)
            assert result.successful() == (value is not None)


def test_a_result_lets_go_of_its_arguments(pool: FakePool) -> None:
    """When it is done, asked for or not; an error that is found later names the call."""
    for entry in (1, pickled([1]), (RAISED, pickle.dumps(Unnamed()), "text")):
        big = Big()
        gone = weakref.ref(big)
        result = result_of(pool, big)
        every = map_of(pool, [1, big])
        del big
        result.settle_item(0, entry)
        every.settle_item(0, 5)
        every.settle_item(1, entry)
        assert gone() is None
    with pytest.raises(UnpickleFailed, match=r"function.*Big object"):
        result.get()
    with pytest.raises(UnpickleFailed, match=r"task 1, function.*Big object"):
        every.get()
    every = map_of(pool, [1, "two"])
    every.settle_item(1, (RAISED, pickle.dumps(Unnamed()), "text"))
    every.settle_item(0, 1)
    with pytest.raises(UnpickleFailed, match=r"task 1, function\('two'\)"):
        every.get()


@pytest.mark.parametrize("error", [Unnamed(), Refuses("a"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_the_error_callback_is_called_for_any_error(pool: FakePool, error: BaseException) -> None:
    """Whatever decoding it raises; and the waiter wakes afterwards."""
    called: list[Any] = []
    result = result_of(pool, callback=called.append, error_callback=called.append)
    result.settle_item(0, (RAISED, pickle.dumps(error), "text"))
    with pytest.raises(Exception) as raised:
        result.get(20)
    assert not isinstance(raised.value, multiprocessing.TimeoutError)
    assert called == [raised.value]


def test_callbacks_come_first_and_once(pool: FakePool) -> None:
    """However often it is settled; ready() is false until they are through."""
    called: list[Any] = []
    gate = threading.Event()
    result = result_of(pool, callback=lambda value: (gate.wait(20), called.append(value)))
    for _ in range(3):
        result.settle_item(0, 1)
    assert not result.ready()
    result.wait(0.05)
    assert not result.ready()
    result.settle_item(0, 2)
    assert not result.ready()
    gate.set()
    assert result.get(20) == 1
    result.settle_item(0, 1)
    done = threading.Event()
    pool._engine.call_back(done.set)
    assert done.wait(20)
    assert called == [1]


def test_what_is_pickled_anew_ends_nobody(pool: FakePool) -> None:
    """An argument that calls sys.exit() then, in a single call and in a map."""

    class Leaves:
        def __reduce__(self) -> Any:
            raise SystemExit(4)

    pool._engine.pickled = lambda _fn: None  # type: ignore[attr-defined]
    for owner in (result_of(pool, Leaves()), map_of(pool, [Leaves()])):
        with pytest.raises(TaskExited):
            owner.refill_part(Task(owner, 0, 1, None))


def test_a_rest_is_pickled_from_the_items_as_they_were(pool: FakePool) -> None:
    """The caller has filled his list anew meanwhile."""
    pool._engine.pickled = lambda _fn: b"f"  # type: ignore[attr-defined]
    items = [1, 2, 3]
    result = map_of(pool, items)
    items[:] = [7, 8, 9]
    part = Task(result, 1, 2, None)
    result.refill_part(part)
    assert part.payload[4] == [2, 3]


def test_many_threads_settle_one_map(pool: FakePool, switching: None) -> None:
    """Runs, single entries and the same once more: it is done when every item is, and each has its own."""
    for round_ in range(150):
        count = 60
        result = map_of(pool, list(range(count)))

        def runs(result: Any = result) -> None:
            for first in range(0, 30, 5):
                result.settle_item(first, (RUN, [i * 10 for i in range(first, first + 5)]))

        def singles(result: Any = result) -> None:
            for i in range(30, 45):
                result.settle_item(i, i * 10)

        def picked(result: Any = result, count: int = count) -> None:
            for i in range(45, count):
                result.settle_item(i, pickled(i * 10))

        def again(result: Any = result) -> None:
            for i in range(30):
                if result._marks[i]:
                    result.settle_item(i, PoolBroken("late"))

        got: list[Any] = []
        work = [runs, singles, picked, lambda r=result, g=got: g.append(r.get(30))]
        random.shuffle(work)
        together(*work, *([again] if round_ % 2 else []))
        assert got == [[i * 10 for i in range(count)]]


def test_a_result_is_unpickled_once(pool: FakePool, switching: None) -> None:
    """By one of the threads that ask; all get the same object."""
    for _ in range(40):
        Counted.times = 0
        result = result_of(pool)
        every = map_of(pool, [1, 2])
        every.settle_item(0, pickled(Counted()))
        got: list[Any] = []
        together(
            lambda r=result: r.settle_item(0, pickled(Counted())),
            *[lambda r=result, g=got: g.append(r.get(20))] * 3,
            lambda e=every: e.settle_item(1, 5),
            *[lambda e=every: e.get(20)] * 2,
        )
        assert len(got) == 3
        assert len(set(map(id, got))) == 1
        assert Counted.times == 2


def test_a_result_outlives_a_handler_that_raises(pool: FakePool, alarm: Any) -> None:
    """At any moment of get(): the next call gets all of it."""
    torn = 0
    for _ in range(1000):
        result = map_of(pool, list(range(5)))
        for i in range(5):
            result.settle_item(i, pickled([i]) if i % 2 else i)
        try:
            try:
                alarm(1e-6 + random.random() * 5e-5)
                result.get()
            finally:
                alarm(0)
        except Torn:
            torn += 1
        began = time.monotonic()
        assert result.get(20) == [0, [1], 2, [3], 4]
        assert time.monotonic() - began < 0.9
    assert torn > 50


def test_results_up_to_an_error_are_let_go_one_by_one(pool: FakePool) -> None:
    """As the executor's map yields them."""
    result = map_of(pool, [1, 2, 3])
    result.settle_item(0, pickled([1]))
    result.settle_item(1, ValueError("two"))
    result.settle_item(2, 3)
    results = result.until_error()
    assert next(results) == [1]
    with pytest.raises(ValueError, match="two"):
        next(results)
