"""Every fault at every point, with every start method, for every operation: what safepool promises of each.

Without ``--full`` this interpreter runs all cells (with `spawn`, whose workers take long to start, two of the four
operations only a sample), the oldest and the newest one here a sample with every start method, those between a sample
with `fork`; large messages have 16 MB. With ``--full`` (or SAFEPOOL_TEST_FULL=1) every interpreter here runs all
cells, with 200 MB.
"""

from __future__ import annotations

import sys

import pytest

from tests.safepool.acceptance import harness, interpreters, runs
from tests.safepool.acceptance.grid import runner
from tests.safepool.acceptance.grid.subject_pools import OPERATIONS

SAMPLE = (
    "os-exit-0/running",
    "sigkill/running",
    "sys-exit-0/running",
    "keyboard-interrupt/running",
    "ununpicklable-exception/running",
    "recursion-error/running",
    "sigkill/unpickle-function",
    "sigkill/unpickle-arguments",
    "sys-exit-1/unpickle-arguments",
    "sigsegv/pickle-result",
    "sigkill/send-result",
    "sigkill/send-argument",
    "sigkill/between",
    "sigterm/idle",
    "base-exception/initializer",
    "os-exit-1/initializer",
    "sigkill/close",
    "sigkill/with-exit",
)
OTHERS = tuple(minor for minor in interpreters.MINORS if minor != interpreters.THIS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("start_method", runs.START_METHODS)
def test_every_fault_at_every_point(start_method: str, operation: str, full: bool) -> None:
    """Every call returns, only the task in hand fails, the error is right, the pool goes on, nothing is left."""
    sampled = not full and start_method == "spawn" and operation in ("imap", "apply_async")
    names = SAMPLE if sampled else runner.all_cells()
    size = runner.FULL_SIZE if full else runner.CI_SIZE
    outcomes = runner.run(sys.executable, operation, start_method, names, size=size)
    text = harness.problems(outcomes)
    assert not text, text


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("start_method", runs.START_METHODS)
@pytest.mark.parametrize("minor", OTHERS)
def test_the_same_on_the_other_interpreters(minor: str, start_method: str, full: bool) -> None:
    """A sample of the cells on every other CPython here, all of them with --full."""
    python = interpreters.interpreter_or_skip(minor)
    here = [other for other in OTHERS if interpreters.interpreter(other)]
    at_the_edge = minor in (here[0], here[-1])
    if not full and not at_the_edge and start_method != "fork":
        pytest.skip("only with --full: the oldest and the newest interpreter run all start methods")
    outcomes = []
    for operation in OPERATIONS if full else ("map", "submit") if at_the_edge else ("map",):
        names = runner.all_cells() if full else SAMPLE
        outcomes += runner.run(
            python, operation, start_method, names, size=runner.FULL_SIZE if full else runner.CI_SIZE
        )
    text = harness.problems(outcomes)
    assert not text, text


def test_the_grid_shows_the_hang_of_the_standard_pool() -> None:
    """Pointed at multiprocessing.Pool the grid must report a hang: else it could not show one of ours either."""
    outcomes = runner.run(
        sys.executable, "apply_async", "fork", ["os-exit-1/running"], target="standard", deadline=3, parallel=1
    )
    assert [(outcome.item, outcome.verdict) for outcome in outcomes] == [("os-exit-1/running", "hang")]


def test_the_grid_shows_the_innocent_victims_of_the_standard_executor() -> None:
    """Pointed at concurrent.futures it must say that innocent tasks failed."""
    outcomes = runner.run(sys.executable, "submit", "fork", ["sigkill/running"], target="standard", parallel=1)
    assert [outcome.verdict for outcome in outcomes] == ["failed"]
    assert "innocent tasks failed" in outcomes[0].detail


def test_every_cell_of_the_sample_exists() -> None:
    """A misspelt cell would pass by absence."""
    assert set(SAMPLE) <= set(runner.all_cells())
