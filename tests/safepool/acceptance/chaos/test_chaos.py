"""Workers killed at random moments under random load: nothing is lost, nothing runs twice, nothing grows.

``SAFEPOOL_CHAOS_SEED`` sets the seed that a failure has named, ``SAFEPOOL_CHAOS_SECONDS`` the length of each run
(default 15; with ``--full`` 300).
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

import safepool
from tests.safepool.acceptance import harness, runs
from tests.safepool.acceptance.chaos import runner, subject_chaos


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("start_method", runs.START_METHODS)
def test_never_lost_never_twice(start_method: str, full: bool) -> None:
    """What the pool says of each task agrees with what the tasks' own notes say; the parent does not grow."""
    seconds = float(os.environ.get("SAFEPOOL_CHAOS_SECONDS", 300 if full else 15))
    seed = int(os.environ.get("SAFEPOOL_CHAOS_SEED", random.SystemRandom().randrange(10**9)))
    outcomes = runner.run(sys.executable, start_method, seed, seconds)
    text = harness.problems(outcomes)
    assert not text, f"seed {seed} (SAFEPOOL_CHAOS_SEED={seed} repeats its decisions)\n{text}"
    assert all(outcome.data["kills"] > 0 for outcome in outcomes), "no worker was killed: nothing was tested"


@pytest.mark.parametrize(
    ("log", "outcome", "complaint"),
    [
        ("0\n0\n", ((0,), None), "twice"),
        ("", ((0,), None), "without having run"),
        ("0\n", ((1,), None), "has the result of 1"),
        ("0\n", (None, None), None),
        ("0\n", (None, ValueError("not ours")), "not ours"),
    ],
)
def test_the_accounts_find_what_is_wrong(
    log: str, outcome: tuple[object, object], complaint: str | None, tmp_path: Path
) -> None:
    """A task that ran twice, a result that never ran or is another's, an error that no task raised: each is found."""
    run = subject_chaos.Run("seed", "pool", 1, str(tmp_path))
    Path(run.log).write_text(log)
    run.numbers, run.kinds, run.outcomes = 1, {0: "quick"}, {0: outcome}
    with pytest.raises((AssertionError, TypeError), match=complaint):
        run.check(None)


def test_a_lost_outcome_is_found(tmp_path: Path) -> None:
    """A task without any outcome is lost, and the accounts say so."""
    run = subject_chaos.Run("seed", "pool", 1, str(tmp_path))
    Path(run.log).write_text("0\n1\n")
    run.numbers, run.kinds, run.outcomes = 2, {0: "quick", 1: "quick"}, {0: ((0,), None)}
    with pytest.raises(AssertionError, match="2 tasks, 1 outcomes"):
        run.check(None)


def test_more_failures_than_deaths_are_found(tmp_path: Path) -> None:
    """Each death may cost one task, not two."""
    run = subject_chaos.Run("seed", "pool", 1, str(tmp_path))
    Path(run.log).write_text("0\n1\n")
    died = safepool.WorkerDied("died")
    run.numbers, run.kinds, run.outcomes = 2, {0: "quick", 1: "quick"}, {0: (None, died), 1: (None, died)}
    run.kills = 1
    with pytest.raises(AssertionError, match="2 tasks failed"):
        run.check(None)
