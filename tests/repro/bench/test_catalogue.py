"""What is measured: each benchmark has its function, and its way to one value."""

from __future__ import annotations

from repro.bench.catalogue import BENCHMARKS, LABELS, POOLS, RIVALS, Benchmark
from repro.bench.subject import pools, rivals
from repro.bench.subject.measurements.table import MEASUREMENTS
from repro.plan import catalogue


def test_catalogue_and_measuring_functions_agree() -> None:
    """Each benchmark has a function, each function a benchmark; the same for pools and adapters."""
    assert {benchmark.name for benchmark in BENCHMARKS} == set(MEASUREMENTS)
    assert set(POOLS) == set(pools.ADAPTERS) and set(RIVALS) == set(rivals.ADAPTERS)
    for benchmark in BENCHMARKS:
        for target in benchmark.targets:
            assert target.pool in POOLS and set(target.references) <= set(POOLS)


def test_best_of_throughput_and_median_of_latency() -> None:
    """More is better for throughput, less for cost; a latency is its median."""
    samples = [3.0, 1.0, 2.0, 10.0]
    assert Benchmark("a", "a", "tasks/s", True, "best").value(samples) == 10.0
    assert Benchmark("a", "a", "us", False, "best").value(samples) == 1.0
    assert Benchmark("a", "a", "us", False, "median").value(samples) == 2.5


def test_a_pool_has_one_name_everywhere() -> None:
    """What is measured has the name and the heading under which it is run."""
    for pool in (*POOLS[:2], *RIVALS):
        assert LABELS.get(pool, pool) == catalogue.pools()[pool].adapter.label
