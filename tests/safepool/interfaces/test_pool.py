"""``Pool``: every method, and its end when it is forgotten."""

from __future__ import annotations

import multiprocessing
import weakref
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool, PoolBroken
from safepool.core import scheduling
from tests.safepool.tasks import FORK, square, wait_for_file

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


def test_it_shows_itself_in_the_standard_pools_words() -> None:
    """Open, closed, terminated; and broken, which the standard pool is never."""

    def shown(kind: Any) -> list[str]:
        words = []
        for end in ("close", "terminate"):
            pool = kind(2)
            words.append(repr(pool))
            getattr(pool, end)()
            pool.join()
            words.append(repr(pool))
        return [word[word.index("state=") :] for word in words]

    assert shown(lambda size: Pool(size, context=FORK)) == shown(FORK.Pool)
    with Pool(2, initializer=square, initargs=("no number",), context=FORK) as pool:
        with pytest.raises(PoolBroken):
            pool.apply(square, (3,))
        assert repr(pool) == "<safepool.Pool state=BROKEN pool_size=2>"


def test_callbacks_of_a_map_of_nothing_are_those_of_the_standard_pool() -> None:
    """It calls none; and not late either: those that were asked for later have been called by then."""
    called: dict[str, list[object]] = {}
    for name, kind in (("standard", FORK.Pool), ("ours", lambda size: Pool(size, context=FORK))):
        mine = called[name] = []
        with kind(1) as pool:
            for chunksize in (None, 1, 5):
                result = pool.map_async(square, [], chunksize, mine.append, mine.append)
                assert result.get(30) == []
                assert result.successful()
            assert pool.starmap_async(pow, iter(()), callback=mine.append).get(30) == []
            assert pool.map_async(square, [2], callback=mine.append).get(30) == [4]
        pool.join()
    assert called["ours"] == called["standard"] == [[4]]


def test_a_forgotten_pool_ends_itself() -> None:
    """Without close() the workers go when the last reference does."""
    pool = Pool(2, context=FORK)
    engine = pool._engine
    gone = weakref.ref(pool)
    with pytest.warns(ResourceWarning, match="unclosed"):
        del pool
    assert gone() is None
    assert engine.join(30)


def total(numbers: list[int], more: int = 0) -> int:
    return sum(numbers) + more


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is no scalar is pickled late."""
    monkeypatch.setattr(scheduling, "AHEAD_BYTES", 0)


def test_calls_that_are_pickled_late(late: None, tmp_path: Path) -> None:
    """Values, errors, callbacks and maps between them, as ever; close() and join() wait for all."""
    path = tmp_path / "go on"
    told: list[Any] = []
    with Pool(1, context=FORK) as pool:
        pool.apply_async(wait_for_file, (str(path),))
        results = [pool.apply_async(total, ([i],), {"more": 1}, told.append, told.append) for i in range(20)]
        bad = pool.apply_async(total, ([], lambda: 0), None, told.append, lambda error: told.append(type(error)))
        mapped = pool.map_async(total, [[i] for i in range(20)])
        last = pool.apply_async(total, ([7],))
        path.touch()
        assert pool.apply(total, ([5],)) == 5
        assert last.get(20) == 7
        pool.close()
        pool.join()
    assert [result.get(0) for result in results] == list(range(1, 21))
    assert mapped.get(0) == list(range(20))
    with pytest.raises(Exception, match=r"pickle|lambda"):
        bad.get(0)
    assert [value for value in told if type(value) is int] == list(range(1, 21))
    assert len(told) == 21


def test_calls_that_are_not_pickled_yet_fail_when_the_pool_is_terminated(late: None, tmp_path: Path) -> None:
    """As all others."""
    with Pool(1, context=FORK) as pool:
        pool.apply_async(wait_for_file, (str(tmp_path / "never"),))
        results = [pool.apply_async(total, ([i],)) for i in range(5)]
    for result in results:
        with pytest.raises(PoolBroken):
            result.get(20)
    pool.join()
