"""Errors as callers get them: each names its item."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from safepool import Pool, ProcessPoolExecutor, TaskExited
from tests.safepool.tasks import FORK

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def exit_at_three(x: int) -> int:
    if x == 3:
        sys.exit(x)
    return x


def test_errors_name_the_item_of_the_whole_call() -> None:
    """The executor's map counts over all its chunks; an iterable that ends the program is called by its name."""

    def inputs() -> Iterator[int]:
        yield 1
        sys.exit(9)

    with ProcessPoolExecutor(2, mp_context=FORK) as executor:
        for chunksize in (1, 2):
            with pytest.raises(TaskExited, match=r"^task 2, exit_at_three\(3\) called sys\.exit\(3\)"):
                list(executor.map(exit_at_three, [1, 2, 3, 4], chunksize=chunksize))
    with Pool(2, context=FORK) as pool:
        results = pool.imap(exit_at_three, inputs())
        assert next(results) == 1
        with pytest.raises(
            TaskExited, match=r"the iterable of the inputs raised SystemExit\(9\) in the place of item 1"
        ):
            next(results)
    pool.join()
