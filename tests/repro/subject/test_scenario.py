"""What the scenarios share: the call that gives its results one by one, whatever a pool names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest

from repro.subject.adapter import Outcome
from repro.subject.scenario import UnsupportedError, ask, one_by_one
from tests.repro import lab

INPUTS = (1, 2, 3)


def same(number: int) -> int:
    return number


def unless_two(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


class FutureOfAnIterator:
    """pebble's: map returns a future of the results."""

    def map(self, function: Any, numbers: Iterable[int]) -> Future[Iterator[int]]:
        future: Future[Iterator[int]] = Future()
        future.set_result(map(function, numbers))
        return future


@pytest.fixture(params=["executor", "pool", "future"])
def pool(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A pool with each kind of such a call."""
    if request.param == "executor":
        with lab.Fine().open(2, "") as executor:
            yield executor
    elif request.param == "pool":
        with ThreadPool(2) as threads:
            yield threads
    else:
        yield FutureOfAnIterator()


def test_results_come_one_by_one(pool: Any) -> None:
    """An executor's map, a pool's imap, a future of an iterator: the same outcomes; the first error ends them."""
    assert list(one_by_one(pool, "imap", same, iter(INPUTS), INPUTS)) == [Outcome(number, number) for number in INPUTS]
    results = one_by_one(pool, "imap", unless_two, iter(INPUTS), INPUTS)
    assert next(results) == Outcome(1, 1)
    with pytest.raises(ValueError, match="two"):
        next(results)


def test_results_in_any_order_belong_to_no_input() -> None:
    """imap_unordered does not say whose result it gives."""
    with ThreadPool(2) as threads:
        results = list(one_by_one(threads, "imap_unordered", same, INPUTS, INPUTS))
    assert {one.task for one in results} == {None}
    assert sorted(one.value for one in results) == [1, 2, 3]


def test_a_pool_without_such_a_call_cannot_have_the_scenario() -> None:
    """The cell is unsupported then, at once."""
    with pytest.raises(UnsupportedError, match="one by one"):
        one_by_one(object(), "imap", same, INPUTS, INPUTS)


def test_a_handle_is_asked_by_its_own_name() -> None:
    """A future has result(), an AsyncResult get()."""
    future: Future[int] = Future()
    future.set_result(1)
    with ThreadPool(1) as threads:
        assert (ask(future), ask(threads.apply_async(same, (2,)), 30.0)) == (1, 2)
