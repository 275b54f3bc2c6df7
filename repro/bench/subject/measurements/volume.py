"""Large messages, many workers, many tasks."""

from __future__ import annotations

import resource

from repro.bench.subject.measurements.setting import Setting, seconds
from repro.bench.subject.pools import Unsupported
from repro.bench.subject.tasks import echo, noop

MEGABYTE = 1_000_000


def bytes_1_mb(setting: Setting) -> list[float]:
    """MB/s of 1 MB of bytes that go there and come back (each counted once)."""
    data = bytes(MEGABYTE)
    count = setting.count(100)
    with setting.warm_pool() as pool:
        pool.call(echo, data)
        return [count / seconds(lambda: [pool.call(echo, data) for _ in range(count)]) for _ in range(3)]


def array_64_mb(setting: Setting) -> list[float]:
    """MB/s of a NumPy array of 64 MB that goes there and comes back."""
    try:
        import numpy
    except ImportError:
        raise Unsupported("NumPy is not installed in this interpreter") from None
    array = numpy.arange(64 * MEGABYTE // 8, dtype="int64")
    with setting.warm_pool() as pool:
        pool.call(echo, array)
        return [64 / seconds(lambda: pool.call(echo, array)) for _ in range(setting.count(5))]


def cost_200_workers(setting: Setting) -> list[float]:
    """Cost per task through `imap` with 200 workers, as a multiple of that with 2."""
    count = setting.count(50_000)
    costs = []
    for workers in (2, 200):
        with setting.warm_pool(workers) as pool:
            costs.append(min(seconds(lambda: drain(pool.imap(noop, range(count)))) for _ in range(2)))
    return [costs[1] / costs[0]]


def cost_million(setting: Setting) -> list[float]:
    """Cost per task of 1,000,000 through `imap`, as a multiple of that of 50,000."""
    many, few = setting.count(1_000_000), setting.count(50_000)
    with setting.warm_pool() as pool:
        small = min(seconds(lambda: drain(pool.imap(noop, range(few)))) for _ in range(2)) / few
        large = seconds(lambda: drain(pool.imap(noop, range(many)))) / many
    return [large / small]


def memory_million(setting: Setting) -> list[float]:
    """MB by which the parent's peak memory grows while 1,000,000 tasks go through `imap`."""
    with setting.warm_pool() as pool:
        drain(pool.imap(noop, range(setting.count(20_000))))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        drain(pool.imap(noop, range(setting.count(1_000_000))))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [(after - before) / 1000]


def drain(iterator: object) -> None:
    for _ in iterator:  # type: ignore[attr-defined]
        pass
