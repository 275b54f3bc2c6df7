"""Results of both interfaces: whoever waits for one gets it."""

from __future__ import annotations

import concurrent.futures

import pytest

from safepool import Pool, ProcessPoolExecutor
from tests.safepool.tasks import FORK, square

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
