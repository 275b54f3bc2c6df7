"""Chunks in a worker: each item has its own result or its own error, of whatever type."""

from __future__ import annotations

import sys

import pytest

from safepool import Pool, UnpickleFailed
from tests.safepool.tasks import FORK, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def same(x: object) -> object:
    return x


def parity(x: int) -> object:
    """Results whose type changes from item to item."""
    return x if x % 2 else (None if x % 4 else str(x))


@pytest.mark.parametrize("chunksize", [1, 2, 100])
def test_results_of_changing_type_keep_their_order(chunksize: int) -> None:
    """Numbers, None and texts by turns: the array journals change over without losing any."""
    with Pool(2, context=FORK) as pool:
        assert pool.map(parity, range(200), chunksize) == [parity(i) for i in range(200)]
    pool.join()


def test_a_function_that_the_workers_do_not_have_fails_every_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was made after the pool: each item that travels with others fails by itself, and nobody waits for one."""

    def late(x: int) -> int:
        return x

    late.__qualname__ = "late"
    with Pool(2, context=FORK) as pool:
        list(pool.imap(square, range(5000)))  # now items are believed to be tiny, and travel together
        monkeypatch.setattr(sys.modules[__name__], "late", late, raising=False)
        results = pool.imap(late, range(500))
        for _ in range(500):
            with pytest.raises(UnpickleFailed, match="late"):
                results.next(30)
        with pytest.raises(StopIteration):
            next(results)
    pool.join()


@pytest.mark.parametrize(
    "items", [[2**63, 1], [1, 2**63], [1, 2.5, 2**63, 3], [2**100], [None, 2**64], [-(2**63) - 1, 0]]
)
def test_numbers_that_no_array_holds(items: list[object]) -> None:
    """Hashes, ids, what ``int.from_bytes`` makes: as all results, whatever else is in the chunk."""
    with Pool(1, context=FORK) as pool:
        assert pool.map(same, items, len(items)) == items
        assert not pool.deaths
