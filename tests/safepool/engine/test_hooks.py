"""A fork of the parent is a stranger to its pools."""

from __future__ import annotations

import os

import pytest

from safepool import Pool
from tests.safepool.tasks import FORK, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_a_fork_of_the_parent_cannot_use_the_pool() -> None:
    """It is told so, instead of waiting for answers that the parent gets."""
    with Pool(1, context=FORK) as pool:
        result = pool.apply_async(square, (3,))
        pid = os.fork()
        if pid == 0:
            try:
                pool.apply_async(square, (1,))
            except RuntimeError as error:
                os._exit(7 if "fork" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
        assert result.get(30) == 9
    pool.join()
