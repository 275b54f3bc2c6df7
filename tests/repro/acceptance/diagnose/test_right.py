"""What is right is known of each program that can hang, whatever Python it runs in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.diagnose.kinds import HEALTHY, PAGES, Kind
from repro.plan import interpreters
from tests.repro.acceptance.diagnose import matrix, right


@pytest.mark.parametrize("version", ["3.6.15", "3.8.18", "3.9.18", "3.11.7", "3.12.1", "3.13.0", "3.14.0", "3.15.2"])
def test_each_program_that_hangs_has_a_right_diagnosis(version: str) -> None:
    several = matrix.hanging(replace(interpreters.current(), version=version))
    assert len(several) > 80
    assert [one for one in several if not right.right(one.scenario, one.pool, version)] == []


def test_a_hang_is_not_in_order() -> None:
    """But for a program that is at its end, and waits there for a generator, which waits for something outside."""
    in_order = {
        scenario
        for table in right._TABLES.values()
        for scenario, kinds in table.items()
        if any(PAGES[kind].status == HEALTHY for kind in kinds)
    }
    assert in_order == {"terminate-generator-blocks"}


def test_to_say_that_nothing_can_be_told_is_not_wrong() -> None:
    wanted = right.right("sigkill", right.POOL, "3.11.7")
    told = [
        right.judge(kind, wanted) for kind in (Kind.LOST_TASK, Kind.CANNOT_TELL, Kind.IDLE_POOL, Kind.POISONED_LOCK)
    ]
    assert told == ["right", "cannot tell", "wrong", "wrong"]


def test_before_37_a_task_that_cannot_be_pickled_is_lost() -> None:
    """Later its future has the error."""
    both = [right.right("shutdown-nowait-unpicklable", right.EXECUTOR, python) for python in ("3.6.15", "3.7.16")]
    assert [Kind.LOST_TASK in one for one in both] == [True, False]


def test_what_is_not_known_to_hang_has_none() -> None:
    with pytest.raises(KeyError):
        right.right("sigkill", right.EXECUTOR, "3.11.7")
