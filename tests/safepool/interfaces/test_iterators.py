"""What ``imap`` returns: taken early, late or never, each item is there."""

from __future__ import annotations

import dis
import itertools
import multiprocessing
import pickle
import queue
import random
import sys
import threading
import time
import types
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool, PoolBroken, TaskExited, UnpickleFailed
from safepool.interfaces import iterators
from safepool.interfaces.iterators import IMapIterator, IMapUnorderedIterator
from safepool.protocol.words import RAISED, RUN
from tests.safepool.engine.interruptions import interruptions
from tests.safepool.tasks import FORK, square

from .fakes import FakeEngine, FakePool, Torn, pickled, together

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_an_imap_that_nobody_reads_is_done_when_the_pool_is_closed(tmp_path: Path) -> None:
    """close() and join() run what was asked for, whether its results are taken or not."""
    with Pool(2, context=FORK) as pool:
        pool.imap(touch, [str(tmp_path / str(i)) for i in range(50)])
        pool.close()
        pool.join()
    assert len(list(tmp_path.iterdir())) == 50


@pytest.mark.parametrize("call", ["imap", "imap_unordered"])
def test_a_function_that_cannot_be_pickled_is_the_error_of_each_item(call: str) -> None:
    """One of a module that was loaded again, say: as with the standard pool, no item goes without a word."""
    stranger = types.FunctionType(square.__code__, square.__globals__, "square")
    for pool in (Pool(2, context=FORK), FORK.Pool(2)):
        with pool:
            results = getattr(pool, call)(stranger, [1, 2, 3])
            for _ in range(3):
                with pytest.raises(pickle.PicklingError, match="not the same object"):
                    next(results)
            with pytest.raises(StopIteration):
                next(results)
            assert pool.map(square, [4]) == [16]
        pool.join()


def touch(path: str) -> None:
    Path(path).touch()


def exit_at_five(x: int) -> int:
    if x % 50 == 5:
        sys.exit(x)
    return x


def test_errors_that_nobody_asked_for_yet_keep_their_items() -> None:
    """Results of imap that are taken long after all are there: each error names its item."""
    with Pool(2, context=FORK) as pool:
        results = pool.imap(exit_at_five, range(1000))
        pool.close()
        pool.join()
        for x in range(1000):
            if x % 50 == 5:
                with pytest.raises(TaskExited, match=rf"^task {x}, exit_at_five"):
                    next(results)
            else:
                assert next(results) == x


@pytest.fixture
def pool() -> Iterator[FakePool]:
    made = FakePool(FakeEngine())
    yield made
    made._engine.end()


def function(*_args: Any) -> None:
    """Called nowhere."""


class Unnamed(Exception):
    """Can be pickled, and not unpickled."""

    def __reduce__(self) -> Any:
        return (int, ("no number",))


class Big:
    """An argument that should not be kept."""


class Taker:
    """Stands for a feeder: hears how many are settled, and how much waits whenever one is taken."""

    waits_for_takers = True

    def __init__(self, results: Any) -> None:
        self.results = results
        self.seen: list[tuple[int, int]] = []
        self.settled = 0

    def start(self) -> None:
        pass

    def delivered(self, count: int) -> None:
        self.settled = count

    def consumed(self) -> None:
        self.seen.append((self.results._incoming.untaken(), self.results._incoming.untaken_bytes(1 << 40)))


KINDS = pytest.mark.parametrize("kind", [IMapIterator, IMapUnorderedIterator], ids=["ordered", "unordered"])


def in_thread(settle: Any) -> None:
    """The engine's thread settles, and not the one where handlers run."""
    together(settle)


def drain(results: Any, timeout: float = 20) -> list[Any]:
    """All that is left, errors as they are raised."""
    found: list[Any] = []
    while True:
        try:
            found.append(results.next(timeout))
        except StopIteration:
            return found
        except multiprocessing.TimeoutError:
            raise AssertionError("it hangs") from None
        except Exception as error:
            found.append(error)


@KINDS
def test_each_item_comes_once(pool: FakePool, kind: Any) -> None:
    """Single ones, runs, and any of them again; in order, or as they are settled."""
    results = kind(pool, function)
    results._incoming.travels(0, [0, 1, 2, 3])
    results._incoming.travels(4, [4])
    results._incoming.travels(5, [5, 6])

    def settle() -> None:
        results._incoming.settle_item(4, 40)
        results._incoming.settle_item(1, (RUN, [10, 20]))
        results._incoming.settle_item(1, PoolBroken("again"))
        results._incoming.settle_item(0, pickled(0))
        results._incoming.settle_items([(4, 40), (5, (RUN, [50, 60]))])
        results._incoming.settle_item(2, (RUN, [20, 30]))
        results._incoming.settle_item(0, 0)

    in_thread(settle)
    results._incoming.end_at(7)
    found = drain(results)
    assert found == [0, 10, 20, 30, 40, 50, 60] if kind.ordered else sorted(found) == [0, 10, 20, 30, 40, 50, 60]
    with pytest.raises(StopIteration):
        next(results)


@KINDS
def test_stop_iteration_of_a_task_ends_nothing(pool: FakePool, kind: Any) -> None:
    """PEP 479: RuntimeError with it as the cause, and the next ones come. Kept as it is, where errors are kept."""
    for keep in (False, True):
        results = kind(pool, function, keep_errors=keep)
        results._incoming.travels(0, [7, 8, 9])
        entry = (RAISED, pickle.dumps(StopIteration(3)), "text")
        in_thread(lambda r=results, e=entry: r._incoming.settle_items([(0, 0), (1, e), (2, 2)]))
        results._incoming.end_at(3)
        found = drain(results)
        assert found[::2] == [0, 2]
        if keep:
            assert type(found[1]) is StopIteration
        else:
            assert type(found[1]) is RuntimeError
            assert type(found[1].__cause__) is StopIteration
            assert str(found[1]) == "task 1, function(8) raised StopIteration"


@KINDS
def test_items_are_let_go_when_they_are_done(pool: FakePool, kind: Any) -> None:
    """Taken or not; what is found to be wrong later still names them."""
    results = kind(pool, function)
    big = Big()
    gone = weakref.ref(big)
    results._incoming.travels(0, [big])
    in_thread(lambda: results._incoming.settle_item(0, (RAISED, pickle.dumps(Unnamed()), "text")))
    del big
    assert gone() is None
    with pytest.raises(UnpickleFailed, match=r"task 0, function.*Big object"):
        next(results)


@KINDS
def test_bytes_are_taken_off_before_the_feeder_looks(pool: FakePool, kind: Any) -> None:
    """When it is told that something was taken, that is gone from what it counts."""
    results = kind(pool, function)
    taker = Taker(results)
    results._feed(taker)
    results._incoming.travels(0, list(range(50)))
    in_thread(lambda: results._incoming.settle_items([(i, pickled(b"x" * 100)) for i in range(50)]))
    assert taker.settled == 50
    one = results._incoming.untaken_bytes(1 << 40) // 50
    assert one > 100
    for left in range(49, -1, -1):
        next(results)
        assert taker.seen[-1][1] == one * left
    assert results._incoming.untaken_bytes(0) == 0


@KINDS
def test_many_threads_settle_and_take(pool: FakePool, kind: Any, switching: None) -> None:
    """Whoever settles, in whatever order, and however many take: each result is taken by one of them."""
    for _ in range(60):
        results = kind(pool, function)
        count = 90

        waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def announce(results: Any = results, waiting: Any = waiting, count: int = count) -> None:
            for first in range(0, count, 3):
                results._incoming.travels(first, [first, first + 1, first + 2])
                waiting.put(first)
            results._incoming.end_at(count)
            for _ in range(2):
                waiting.put(None)

        def settle(results: Any = results, waiting: Any = waiting) -> None:
            while True:
                first = waiting.get()
                if first is None:
                    return
                how = random.random()
                if how < 0.4:
                    results._incoming.settle_item(first, (RUN, [first, first + 1, first + 2]))
                else:
                    for i in random.sample(range(first, first + 3), 3):
                        results._incoming.settle_item(i, pickled(i) if how < 0.7 else i)
                if how > 0.9:
                    results._incoming.settle_item(first, first)

        taken: list[list[Any]] = [[], []]
        together(announce, settle, settle, *[lambda r=results, t=t: t.extend(drain(r)) for t in taken])
        assert sorted(taken[0] + taken[1]) == list(range(count))
        if kind.ordered:
            assert taken == [sorted(taken[0]), sorted(taken[1])]


@KINDS
def test_a_result_outlives_a_handler_that_raises(pool: FakePool, kind: Any, alarm: Any) -> None:
    """At any moment of next(), while another thread settles: what was not returned comes with a later call."""
    torn = lost = 0
    for _ in range(60):
        results = kind(pool, function)
        count = 200

        def settle(results: Any = results, count: int = count) -> None:
            for i in range(count):
                results._incoming.travels(i, [i])
                results._incoming.settle_item(i, pickled(i) if i % 3 == 0 else i)
            results._incoming.end_at(count)

        thread = threading.Thread(target=settle)
        thread.start()
        found: list[Any] = []
        while True:
            try:
                try:
                    alarm(1e-6 + random.random() * 3e-5)
                    value = results.next(20)
                finally:
                    alarm(0)
                found.append(value)
            except StopIteration:
                break
            except Torn:
                torn += 1
        thread.join(20)
        assert not thread.is_alive()
        # Python itself drops what next() has returned if the handler comes before it is stored; nothing of ours may.
        missing = set(range(count)) - set(found)
        lost += len(missing)
        assert len(found) == len(set(found))
    assert torn > 100
    assert lost <= torn // 5, (lost, torn)


@KINDS
def test_a_run_of_all_that_travelled_does_not_tell_again_what_was_told(pool: FakePool, kind: Any) -> None:
    """Though it is as long as the group: else one came twice, and the last was missing."""
    results = kind(pool, function)
    results._incoming.travels(0, [0, 1, 2])
    in_thread(lambda: results._incoming.settle_items([(1, 10), (0, (RUN, [0, 10, 20]))]))
    results._incoming.end_at(3)
    assert sorted(drain(results)) == [0, 10, 20]


@KINDS
def test_a_handler_may_take_anywhere(pool: FakePool, kind: Any) -> None:
    """While the main thread takes: each gets another one, and nothing but that is raised."""
    for interruption in interruptions((iterators,)):
        results = kind(pool, function)
        results._incoming.travels(0, [0, 1, 2, 3])
        in_thread(lambda r=results: r._incoming.settle_items([(0, pickled(0)), (1, 1), (2, 2), (3, 3)]))
        results._incoming.end_at(4)
        found: list[Any] = []
        interruption.handler = lambda f=found, r=results: f.extend((next(r), next(r)))  # type: ignore[misc]
        interruption.call(lambda f=found, r=results: f.append(next(r)))
        assert sorted(found + drain(results)) == [0, 1, 2, 3], interruption.where


@KINDS
def test_that_the_pool_is_broken_is_said_though_it_was_torn_away(
    pool: FakePool, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next call would say that this was all. After it is said, no interpreter looks for signals."""
    monkeypatch.setattr(iterators, "BROKEN_GRACE", 0)
    pool._engine.broken = PoolBroken("terminated")
    steps = list(dis.get_instructions(IMapIterator._wait))
    before = {step.offset: one.opname for one, step in itertools.pairwise(steps)}
    said = []
    for interruption in interruptions((iterators,)):
        results = kind(pool, function)
        try:
            interruption.call(results.next, 0)
        except PoolBroken:
            continue
        if [type(error) for error in drain(results)] != [PoolBroken]:
            said.append(interruption.where)
    assert {where.partition(",")[0] for where in said} == {"_wait"}
    # Where they look is at the end of a call.
    assert not [where for where in said if "CALL" in before[int(where.rpartition(" ")[2])]]


@KINDS
def test_the_main_thread_may_settle(pool: FakePool, kind: Any) -> None:
    """That is done aside, and comes all the same."""
    results = kind(pool, function)
    for i in range(20):
        results._incoming.travels(i, [i])
        results._incoming.settle_item(i, i)
    results._incoming.end_at(20)
    assert sorted(drain(results)) == list(range(20))


@KINDS
def test_a_wait_ends_when_the_pool_breaks(pool: FakePool, kind: Any) -> None:
    """Though nobody says how many items there are: what is there is taken, then comes the error, then the end."""
    results = kind(pool, function)
    results._incoming.travels(0, [0])
    in_thread(lambda: results._incoming.settle_item(0, 1))
    threading.Timer(0.05, lambda: setattr(pool._engine, "broken", PoolBroken("terminated"))).start()
    began = time.monotonic()
    found = drain(results)
    assert time.monotonic() - began < 5
    assert found[0] == 1
    assert [type(error) for error in found[1:]] == [PoolBroken]


@KINDS
def test_timeouts(pool: FakePool, kind: Any) -> None:
    """As the standard pool's: of each call, in seconds."""
    results = kind(pool, function)
    with pytest.raises(multiprocessing.TimeoutError):
        results.next(0.01)
    with pytest.raises(multiprocessing.TimeoutError):
        results.next(timeout=0)


def test_an_iteration_over_a_generator_that_blocks_ends_with_the_pool() -> None:
    """Another thread terminates the pool while the generator waits for news."""
    with Pool(2, context=FORK) as real:
        for method in (real.imap, real.imap_unordered):
            news: queue.SimpleQueue[Any] = queue.SimpleQueue()
            for i in range(3):
                news.put(i)
            results: Any = method(square, iter(news.get, None))
            assert sorted(next(results) for _ in range(3)) == [0, 1, 4]
            if method == real.imap:
                news.put(None)
                with pytest.raises(StopIteration):
                    next(results)
        timer = threading.Timer(0.1, real.terminate)
        timer.start()
        began = time.monotonic()
        with pytest.raises(PoolBroken):
            next(results)
        assert time.monotonic() - began < 10
        news.put(None)
        timer.join()
    real.join()


def test_a_pool_bears_an_imap_whose_thread_comes_to_nothing(stillborn: Any) -> None:
    """``imap`` raises, as where there can be no thread; the pool goes on, and ends."""
    with Pool(1, context=FORK) as pool:
        with stillborn("-feeder"), pytest.raises(RuntimeError, match="can't start new thread"):
            pool.imap(square, range(3))
        assert list(pool.imap(square, range(3))) == [0, 1, 4]
        pool.close()
        pool.join()
