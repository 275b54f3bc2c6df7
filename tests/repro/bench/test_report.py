"""Targets: reached, missed, or without a verdict."""

from __future__ import annotations

from repro.bench import catalogue, report
from repro.bench.catalogue import POOL, SAFE_POOL, Benchmark, Target
from repro.bench.measure import Series


def test_targets_are_judged_against_the_better_reference() -> None:
    """A ratio is that to the better of the references; a missing reference gives no verdict instead of a good one."""
    benchmark = Benchmark("a", "a", "MB/s", True, "best", (Target(SAFE_POOL, (POOL, catalogue.EXECUTOR), 1.5),))
    found = {
        pool: Series(benchmark, pool, "fork", [[value]])
        for pool, value in ((POOL, 100.0), (catalogue.EXECUTOR, 200.0), (SAFE_POOL, 290.0))
    }
    assert report.judge(benchmark, benchmark.targets[0], found) == (1.45, False)
    del found[catalogue.EXECUTOR]
    assert report.judge(benchmark, benchmark.targets[0], found) is None
