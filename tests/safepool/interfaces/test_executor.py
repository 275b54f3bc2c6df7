"""``ProcessPoolExecutor``: every method."""

from __future__ import annotations

import concurrent.futures
import multiprocessing

import pytest

from safepool import ProcessPoolExecutor
from tests.safepool.tasks import square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_every_method_of_the_executor(context: multiprocessing.context.BaseContext) -> None:
    """Futures, map with chunks and a buffer, wait and as_completed."""
    with ProcessPoolExecutor(2, context) as executor:
        futures = [executor.submit(square, i) for i in range(20)]
        assert concurrent.futures.wait(futures).not_done == set()
        assert {f.result() for f in concurrent.futures.as_completed(futures)} == {i * i for i in range(20)}
        assert list(executor.map(square, range(20), chunksize=3)) == [i * i for i in range(20)]
        assert list(executor.map(pow, range(5), range(5), buffersize=2)) == [1, 1, 4, 27, 256]
