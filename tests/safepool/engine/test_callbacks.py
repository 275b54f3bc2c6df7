"""Users' code has a thread of its own: the engine goes on whatever it does."""

from __future__ import annotations

import threading

import pytest

from safepool import Pool, WorkerDied
from tests.safepool.tasks import FORK, kill_at, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_a_callback_that_blocks_does_not_delay_the_news_of_a_death() -> None:
    """Callbacks have a thread of their own."""
    gate = threading.Event()
    with Pool(2, context=FORK) as pool:
        blocked = pool.apply_async(square, (2,), callback=lambda value: gate.wait(30))
        with pytest.raises(WorkerDied):
            pool.apply(kill_at, (3,))
        gate.set()
        assert blocked.get(30) == 4
    pool.join()
