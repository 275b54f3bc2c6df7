"""A worker dies: what it had done counts, one task pays, and everybody is told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from safepool import Pool, ProcessPoolExecutor, WorkerDied
from tests.safepool.tasks import FORK, die_once, kill_at

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_one_item_of_a_chunk_dies_alone() -> None:
    """The items before it are delivered, those after it run elsewhere, and the error names it."""
    with Pool(2, context=FORK) as pool:
        results = pool.map(kill_at, range(8), chunksize=8, return_exceptions=True)
        (error,) = (r for r in results if isinstance(r, Exception))
        assert isinstance(error, WorkerDied)
        assert (error.index, error.signal, error.stage, error.task) == (3, "SIGKILL", "running", "kill_at(3)")
        assert [r for r in results if r is not error] == [0, 1, 2, 4, 5, 6, 7]
        assert [d.pid for d in pool.deaths] == [error.pid]
    pool.join()


def test_retries_run_the_task_again(tmp_path: Path) -> None:
    """Once more after a death, and no more often than needed."""
    with Pool(1, context=FORK) as pool:
        assert pool.options(retries=2).apply(die_once, (str(tmp_path / "mark"),)) == "alive"
        assert (tmp_path / "mark").read_text() == "xx"
    pool.join()


def test_on_death_is_called_with_the_death() -> None:
    """Once for each, in a thread that may take its time."""
    seen: list[WorkerDied] = []
    called = threading.Event()

    def note(death: WorkerDied) -> None:
        seen.append(death)
        called.set()

    with ProcessPoolExecutor(1, FORK, on_death=note) as executor:
        error = executor.submit(kill_at, 3).exception(30)
        assert called.wait(30)
    assert isinstance(error, WorkerDied)
    assert [death.pid for death in seen] == [error.pid]
