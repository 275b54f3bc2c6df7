"""Tasks per second."""

from __future__ import annotations

import collections
import time

from repro.bench.subject.measurements.setting import Setting, seconds
from repro.bench.subject.pools import StandardExecutor, Unsupported
from repro.bench.subject.tasks import busy_10_us, noop


def submit(setting: Setting) -> list[float]:
    """Submit one by one (`apply_async` or `submit`), then collect."""
    count = setting.count(20_000)
    with setting.warm_pool() as pool:
        return [count / seconds(lambda: pool.submit_all(noop, range(count))) for _ in range(2)]


def map_noop(setting: Setting) -> list[float]:
    """`map` with default chunks, of a task that does nothing."""
    refuse_executor(setting)
    count = setting.count(1_000_000)
    with setting.warm_pool() as pool:
        return [count / seconds(lambda: pool.map(noop, range(count))) for _ in range(2)]


def map_10_us(setting: Setting) -> list[float]:
    """`map` with default chunks, of a task of 10 us."""
    refuse_executor(setting)
    count = setting.count(100_000)
    with setting.warm_pool() as pool:
        return [count / seconds(lambda: pool.map(busy_10_us, range(count))) for _ in range(2)]


def refuse_executor(setting: Setting) -> None:
    if issubclass(setting.adapter, StandardExecutor):
        raise Unsupported("an executor's map has no default chunks")


def imap_unordered(setting: Setting) -> list[float]:
    """`imap_unordered(chunksize=1)`."""
    count = setting.count(20_000)
    with setting.warm_pool() as pool:
        return [
            count / seconds(lambda: collections.deque(pool.imap_unordered(noop, range(count)), maxlen=0))
            for _ in range(2)
        ]


def parent_cpu(setting: Setting) -> list[float]:
    """Microseconds of the parent's CPU per task, all its threads, `map(chunksize=1)`."""
    count = setting.count(20_000)
    with setting.warm_pool() as pool:
        samples = []
        for _ in range(2):
            start = time.process_time()
            pool.map(noop, range(count), chunksize=1)
            samples.append((time.process_time() - start) / count * 1e6)
        return samples
