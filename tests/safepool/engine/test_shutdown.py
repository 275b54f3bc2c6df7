"""Ends: of a pool that is terminated while somebody waits, and of one that could not start."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest

from safepool import Pool, PoolBroken
from tests.safepool.tasks import FORK, run_then_wait, square, wait_for_file

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_get_ends_when_another_thread_terminates(tmp_path: Path) -> None:
    """The waiting thread gets PoolBroken."""
    pool = Pool(1, context=FORK)
    marker = tmp_path / "runs"
    result = pool.apply_async(run_then_wait, (str(marker), str(tmp_path / "never")))
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            result.get(30)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_for_file(str(marker))
    pool.terminate()
    thread.join(30)
    pool.join()
    assert [type(error) for error in caught] == [PoolBroken]


def test_an_initializer_that_raises_breaks_the_pool_with_its_traceback(
    context: multiprocessing.context.BaseContext,
) -> None:
    """At the first failure, not after a storm of respawns."""
    pool = Pool(2, int, ("no number",), context=context)
    with pytest.raises(PoolBroken, match="no number") as caught:
        pool.apply(square, (1,))
    assert "ValueError" in str(caught.value.__cause__)
    pool.close()
    pool.join()
