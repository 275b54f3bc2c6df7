"""``Pool``: every method, and its end when it is forgotten."""

from __future__ import annotations

import multiprocessing
import weakref

import pytest

from safepool import Pool
from tests.safepool.tasks import FORK, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_every_method_of_pool(context: multiprocessing.context.BaseContext) -> None:
    """The same results as the builtin map, with each start method."""
    expected = [square(i) for i in range(30)]
    with Pool(2, context=context) as pool:
        assert pool.map(square, range(30)) == expected
        assert pool.map(square, range(30), chunksize=7) == expected
        assert pool.starmap(pow, [(i, 2) for i in range(30)]) == expected
        assert list(pool.imap(square, range(30), chunksize=4)) == expected
        assert sorted(pool.imap_unordered(square, range(30))) == expected
        assert pool.apply(divmod, (7, 2)) == (3, 1)
        assert pool.apply_async(int, ("11",), {"base": 2}).get() == 3
        assert pool.map_async(square, []).get() == []
    pool.join()


def test_a_forgotten_pool_ends_itself() -> None:
    """Without close() the workers go when the last reference does."""
    pool = Pool(2, context=FORK)
    engine = pool._engine
    gone = weakref.ref(pool)
    with pytest.warns(ResourceWarning, match="unclosed"):
        del pool
    assert gone() is None
    assert engine.join(30)
