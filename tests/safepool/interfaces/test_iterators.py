"""What ``imap`` returns: taken early, late or never, each item is there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from safepool import Pool, TaskExited
from tests.safepool.tasks import FORK

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_an_imap_that_nobody_reads_is_done_when_the_pool_is_closed(tmp_path: Path) -> None:
    """close() and join() run what was asked for, whether its results are taken or not."""
    with Pool(2, context=FORK) as pool:
        pool.imap(touch, [str(tmp_path / str(i)) for i in range(50)])
        pool.close()
        pool.join()
    assert len(list(tmp_path.iterdir())) == 50


def touch(path: str) -> None:
    Path(path).touch()


def exit_at_five(x: int) -> int:
    if x % 50 == 5:
        sys.exit(x)
    return x


def test_errors_that_nobody_asked_for_yet_keep_their_items() -> None:
    """Results of imap that are taken long after all are there: each error names its item."""
    with Pool(2, context=FORK) as pool:
        results = pool.imap(exit_at_five, range(1000))
        pool.close()
        pool.join()
        for x in range(1000):
            if x % 50 == 5:
                with pytest.raises(TaskExited, match=rf"^task {x}, exit_at_five"):
                    next(results)
            else:
                assert next(results) == x
