"""Who gets the results of ``imap``: what it knows of what travels, and whom it does not keep."""

from __future__ import annotations

import gc
import itertools
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from safepool import Pool
from safepool.interfaces import tasks
from safepool.interfaces.incoming import Incoming
from safepool.interfaces.iterators import IMapIterator, IMapUnorderedIterator
from safepool.protocol.words import RUN
from tests.safepool.tasks import FORK, square

from .fakes import FakeEngine, FakePool, elsewhere, together

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]

KINDS = pytest.mark.parametrize("kind", [IMapIterator, IMapUnorderedIterator], ids=["ordered", "unordered"])


@pytest.fixture
def engine() -> Iterator[FeedEngine]:
    made = FeedEngine()
    yield made
    made.broken = made.broken or RuntimeError("the test is over")
    made.end()


@pytest.fixture
def counting() -> Iterator[None]:
    """Nothing is freed by the collector: reference counts have to do."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class FeedEngine(FakeEngine):
    """Takes tasks from a feeder, too, and does them at once, until it is broken."""

    size = 1
    max_tasks = None

    def __init__(self) -> None:
        super().__init__()
        self.feeders: list[Any] = []
        self.fed = 0

    def add_feeder(self, feeder: Any) -> None:
        self.feeders.append(feeder)

    def remove_feeder(self, feeder: Any) -> None:
        self.feeders.remove(feeder)

    @staticmethod
    def pickled(_fn: Any) -> bytes:
        return b""

    @staticmethod
    def batch() -> int:
        return 1

    def submit(self, task: Any) -> None:
        if self.broken is not None:
            raise ValueError("Pool not running")  # a fresh one: it keeps the frames that it is raised in
        task.shut()
        self.fed += task.count
        task.owner.settle_item(task.index, (RUN, task.payload[4]))


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def same(x: Any) -> Any:
    """Called nowhere."""
    return x


def fed(pool: FakePool, kind: Any, iterable: Any) -> Any:
    """As ``Pool.imap`` makes it."""
    iterator = kind(pool, same)
    iterator._feed(tasks.Feeder(pool._engine, iterator._incoming, same, iterable, 1, None))  # type: ignore[arg-type]
    return iterator


@KINDS
def test_the_feeder_keeps_neither_iterator_nor_pool(engine: FeedEngine, kind: Any, counting: None) -> None:
    """Dropped in the middle of an endless iterable, both are gone; the feeder ends when it is told that the pool has."""
    pool = FakePool(engine)
    iterator = fed(pool, kind, itertools.count())
    assert [next(iterator) for _ in range(3)] == [0, 1, 2]
    dropped = weakref.ref(pool), weakref.ref(iterator)
    incoming = weakref.ref(iterator._incoming)
    del pool, iterator
    assert [one() for one in dropped] == [None, None]
    assert len(engine.feeders) == 1
    engine.broken = RuntimeError("the pool was garbage collected")
    until(lambda: not engine.feeders)
    until(lambda: incoming() is None)


@KINDS
def test_an_iterator_keeps_its_pool_to_the_end(engine: FeedEngine, kind: Any, counting: None) -> None:
    """And not beyond."""
    pool = FakePool(engine)
    iterator = fed(pool, kind, range(100))
    dropped = weakref.ref(pool)
    del pool
    for i in range(100):
        assert dropped() is not None
        assert next(iterator) == i
    with pytest.raises(StopIteration):
        next(iterator)
    assert dropped() is None


def test_it_ends_when_all_items_have_come(engine: FeedEngine) -> None:
    """Not when the iterable has ended, nor when all that is there so far has come."""
    incoming = Incoming(engine, same)  # type: ignore[arg-type]
    incoming.travels(0, ["a", "b"])
    together(lambda: incoming.settle_items([(1, "B"), (0, "A")]))
    assert not incoming.ended()
    incoming.travels(2, ["c"])
    incoming.end_at(3)
    assert not incoming.ended()
    assert incoming.describe_item(2) == ("same('c')", 2)
    together(lambda: incoming.settle_item(2, "C"))
    assert incoming.ended()
    assert list(incoming.numbers) == [0, 1, 2]
    assert incoming.values == {0: "A", 1: "B", 2: "C"}
    assert incoming.describe_item(2)[1] == 2


def test_in_any_order(engine: FeedEngine) -> None:
    """If that is what was asked for."""
    incoming = Incoming(engine, same, ordered=False)  # type: ignore[arg-type]
    incoming.travels(0, ["a", "b"])
    together(lambda: incoming.settle_items([(1, "B"), (0, "A")]))
    assert list(incoming.numbers) == [1, 0]


@pytest.mark.parametrize("method", ["imap", "imap_unordered"])
def test_a_pool_that_is_dropped_with_its_endless_imap_ends(method: str, counting: None) -> None:
    """Its workers too, and nobody calls the collector."""
    pool = Pool(1, context=FORK)
    iterator = getattr(pool, method)(square, itertools.count())
    assert next(iterator) == 0
    gone = weakref.ref(pool)
    engine = pool._engine
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # as the standard pool's: it was not closed
        del pool, iterator
    assert gone() is None
    assert engine.join(20)


def test_a_pool_that_is_dropped_works_on_for_its_iterator() -> None:
    """To the end of the iterable; then it ends."""
    pool = Pool(2, context=FORK)
    engine = pool._engine
    results = pool.imap(square, range(2000))
    del pool
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        assert list(results) == [x * x for x in range(2000)]
        del results
    assert engine.join(20)


@KINDS
def test_results_that_are_lost_half_way_are_not_waited_for(
    engine: FeedEngine, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory while they are sorted: what had come can be taken, then ``next`` says so, each time."""
    iterator = kind(FakePool(engine), same)
    gone = iterator._incoming
    gone.travels(0, ["a", "b"])
    elsewhere(lambda: gone.settle_item(0, "a"))

    def poor(*_: Any) -> Any:
        raise MemoryError("for a test")

    with monkeypatch.context() as patch:
        patch.setattr(Incoming, "_mark", poor)
        with pytest.raises(MemoryError):
            gone._sort_batch([(1, "b")])
        gone._inbox.append([(1, "b")])
        with pytest.raises(MemoryError):
            gone._sort()
    assert next(iterator) == "a"
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"results of this imap were lost: MemoryError\('for a test'\)"):
            next(iterator)
