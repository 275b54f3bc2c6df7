"""Moves between states: what is not in the table raises."""

from __future__ import annotations

import pytest

from safepool.core.states import IllegalTransition
from tests.safepool.core.cores import started


def test_moves_that_are_not_in_the_table_raise_and_name_the_state() -> None:
    """A worker cannot be ready twice; the message says what it was."""
    pool, (worker,) = started()
    with pytest.raises(IllegalTransition, match="idle"):
        pool.ready(worker)
