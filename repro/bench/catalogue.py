"""What the benchmarks mean: unit, which value of the samples counts, and what is expected of safepool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

POOL, EXECUTOR = "multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor"
SAFE_POOL, SAFE_EXECUTOR = "safepool.Pool", "safepool.ProcessPoolExecutor"
OURS = (SAFE_POOL, SAFE_EXECUTOR)
#: Measured where none are asked for.
POOLS = (POOL, EXECUTOR, *OURS)
#: The pools that people use instead: by name only, and where they are installed.
RIVALS = (
    *(
        "anyio",
        "billiard",
        "dask.distributed",
        "deadpool-executor",
        "joblib",
        "loky",
        "mpire",
        "multiprocess",
        "pebble",
    ),
    *("ray", "trio-parallel"),
)

#: How tables call them; by these names they can be asked for, too.
LABELS = {
    POOL: "Pool",
    EXECUTOR: "ProcessPoolExecutor",
    "dask.distributed": "dask",
    "deadpool-executor": "deadpool",
}
ALIASES = {label: pool for pool, label in LABELS.items()} | {"concurrent.futures": EXECUTOR}


@dataclass(frozen=True)
class Target:
    """`pool` should have `factor` times the value of the best of `references`, or better; without any, `factor` itself."""

    pool: str
    references: tuple[str, ...]
    factor: float


@dataclass(frozen=True)
class Benchmark:
    """One row of the table. `higher` says whether more is better; `statistic` is "best" or "median".

    Values below `resolution` are all the same.
    """

    name: str
    title: str
    unit: str
    higher: bool
    statistic: str
    targets: tuple[Target, ...] = ()
    resolution: float = 1e-9

    def value(self, samples: Sequence[float]) -> float:
        """The one value that stands for the samples: best of all for throughput, the median for latency.

        A throughput is only ever made worse by what else the machine does; a latency has a distribution that users meet.
        """
        if self.statistic == "median":
            from statistics import median  # here: the command line reads this file for its --help

            return median(samples)
        return max(samples) if self.higher else min(samples)

    def better(self, one: float, other: float) -> float:
        """The better of two values."""
        return max(one, other) if self.higher else min(one, other)

    def reached(self, ratio: float, target: Target) -> bool:
        return ratio >= target.factor if self.higher else ratio <= target.factor


def both(factor_pool: float, factor_executor: float) -> tuple[Target, ...]:
    """Each face against the class that it stands in for."""
    return Target(SAFE_POOL, (POOL,), factor_pool), Target(SAFE_EXECUTOR, (EXECUTOR,), factor_executor)


BENCHMARKS = (
    Benchmark("submit", "submit / apply_async, one by one", "tasks/s", True, "best", both(2.5, 6.0)),
    Benchmark("map", "map, default chunks, no-op", "tasks/s", True, "best", (Target(SAFE_POOL, (POOL,), 0.5),)),
    Benchmark(
        "map-10us", "map, default chunks, 10 us tasks", "tasks/s", True, "best", (Target(SAFE_POOL, (POOL,), 0.98),)
    ),
    Benchmark(
        "imap-unordered", "imap_unordered(chunksize=1)", "tasks/s", True, "best", (Target(SAFE_POOL, (POOL,), 4.0),)
    ),
    Benchmark("round-trip", "round trip of one call", "us", False, "median", both(0.7, 0.3)),
    Benchmark(
        "bytes-1mb",
        "1 MB of bytes there and back",
        "MB/s",
        True,
        "best",
        tuple(Target(pool, (POOL, EXECUTOR), 1.5) for pool in (SAFE_POOL, SAFE_EXECUTOR)),
    ),
    Benchmark(
        "array-64mb",
        "64 MB NumPy array there and back",
        "MB/s",
        True,
        "best",
        tuple(Target(pool, (POOL, EXECUTOR), 1.5) for pool in (SAFE_POOL, SAFE_EXECUTOR)),
    ),
    Benchmark(
        "first-result",
        "start to first result",
        "ms",
        False,
        "median",
        tuple(Target(pool, (POOL,), 1.2) for pool in (SAFE_POOL, SAFE_EXECUTOR)),
    ),
    Benchmark("import", "import (standard: both modules)", "ms", False, "median", (Target(SAFE_POOL, (POOL,), 1.0),)),
    # Without a target: safepool's errors are subclasses of both standard modules' errors, so it imports both.
    Benchmark("import-classes", "import of the pool classes", "ms", False, "median"),
    Benchmark(
        "parent-cpu", "parent's CPU per task, map(chunksize=1)", "us", False, "best", (Target(SAFE_POOL, (POOL,), 0.5),)
    ),
    Benchmark(
        "workers-200", "cost per task: 200 workers / 2 workers", "x", False, "best", (Target(SAFE_POOL, (), 1.5),)
    ),
    Benchmark(
        "million", "cost per task: 1,000,000 / 50,000 through imap", "x", False, "best", (Target(SAFE_POOL, (), 1.5),)
    ),
    Benchmark(
        "million-memory",
        "parent's memory growth, 1,000,000 through imap",
        "MB",
        False,
        "best",
        (Target(SAFE_POOL, (), 50.0),),
        1.0,  # the allocator takes memory by the megabyte: nothing, or 0.3 MB, is a matter of what was free before
    ),
    Benchmark(
        "death",
        "death of a worker to the caller's exception",
        "ms",
        False,
        "median",
        tuple(Target(pool, (), 5.0) for pool in (SAFE_POOL, SAFE_EXECUTOR)),
    ),
)
