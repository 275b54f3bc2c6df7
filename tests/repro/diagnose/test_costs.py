"""What a death costs, by pool and by what the worker did."""

from __future__ import annotations

import pytest

from repro.diagnose import costs
from repro.diagnose.costs import Lost, cost
from repro.diagnose.pools import EXECUTOR, POOL, WORKERS, Stage


@pytest.mark.parametrize(
    ("pool", "stage", "ran", "lost"),
    [
        (POOL, Stage.TASK, False, Lost.TASK),
        (POOL, Stage.TASK, True, Lost.TASK),
        (POOL, Stage.READS, False, Lost.POOL),
        (POOL, Stage.READS, True, Lost.UNKNOWN),
        (POOL, Stage.LOCKED, False, Lost.NOTHING),
        (POOL, Stage.SENDS, False, Lost.POOL),
        (POOL, Stage.STARTS, False, Lost.NOTHING),
        (POOL, Stage.UNKNOWN, False, Lost.UNKNOWN),
        (POOL, Stage.LEAVES, False, Lost.UNKNOWN),
        (EXECUTOR, Stage.LOCKED, False, Lost.CALL),
        (EXECUTOR, Stage.UNKNOWN, True, Lost.CALL),
        ("loky", Stage.READS, False, Lost.CALL),
        ("safepool", Stage.TASK, False, Lost.TASK),
        ("safepool", Stage.READS, False, Lost.NOTHING),
        ("", Stage.TASK, False, Lost.TASK),
    ],
)
def test_how_much_is_lost(pool: str, stage: Stage, ran: bool, lost: Lost) -> None:
    found = cost(pool, stage, ran)
    assert found.lost is lost
    assert found.words
    assert not found.words.endswith(".")


def test_every_pool_that_is_known_has_its_cost() -> None:
    """A pool that is learnt says what a death in it costs."""
    assert {pool for pool, *_ in WORKERS} == set(costs.IN_TASK)
