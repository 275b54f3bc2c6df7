"""Measuring: in which order, and what becomes of a program that hangs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from repro.bench.catalogue import BENCHMARKS, POOL, POOLS, SAFE_POOL
from repro.bench.measure import Measuring, Plan
from repro.bench.packages import staged
from repro.cli import main
from tests.repro.cli.test_bench_command import SMALL


def test_a_program_that_hangs_is_a_failure_and_leaves_nothing() -> None:
    """A measured program that does not end is killed with its workers, and the series says so."""
    measuring = Measuring(small_plan(timeout=0.05), lambda series, number: None)
    with staged() as sides:
        measuring.run(sides)
    (series,) = measuring.series
    assert "did not end within 0.05 s" in series.problem and series.value is None


def test_the_plan_interleaves_the_pools() -> None:
    """Within a round each benchmark goes over all pools before the next benchmark, so that all meet the same machine."""
    plan = Plan(BENCHMARKS[:2], POOLS, ["fork"], 1, 2, 1.0, 1.0, "python")
    assert [series.pool for (series,) in plan.series()] == [*POOLS, *POOLS]


def test_an_interpreter_can_be_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a relative path, although the measured programs run in folders of their own."""
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "python").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *SMALL, "--python", "./python", "--benchmark", "round-trip", "--pool", SAFE_POOL]) == 0


def small_plan(timeout: float) -> Plan:
    return Plan(BENCHMARKS[:1], [POOL], ["fork"], 1, 2, 0.01, timeout, sys.executable)
