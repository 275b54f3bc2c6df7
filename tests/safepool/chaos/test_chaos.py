"""Workers killed at random moments under random load: nothing is lost, nothing runs twice, nothing grows.

``SAFEPOOL_CHAOS_SEED`` sets the seed that a failure has named, ``SAFEPOOL_CHAOS_SECONDS`` the length of each run
(default 15; with ``--full`` 300).
"""

from __future__ import annotations

import os
import random
import sys

import pytest

from tests.safepool.chaos import runner
from tests.safepool.grid import harness


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("start_method", runner.START_METHODS)
def test_never_lost_never_twice(start_method: str, request: pytest.FixtureRequest) -> None:
    """What the pool says of each task agrees with what the tasks' own notes say; the parent does not grow."""
    full = request.config.getoption("--full", default=False) or os.environ.get("SAFEPOOL_TEST_FULL")
    seconds = float(os.environ.get("SAFEPOOL_CHAOS_SECONDS", 300 if full else 15))
    seed = int(os.environ.get("SAFEPOOL_CHAOS_SEED", random.SystemRandom().randrange(10**9)))
    outcomes = runner.run(sys.executable, start_method, seed, seconds)
    text = harness.problems(outcomes)
    assert not text, f"seed {seed} (SAFEPOOL_CHAOS_SEED={seed} repeats its decisions)\n{text}"
    assert all(outcome.data["kills"] > 0 for outcome in outcomes), "no worker was killed: nothing was tested"
