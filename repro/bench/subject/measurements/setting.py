"""What a measuring function is given."""

from __future__ import annotations

import contextlib
import tempfile
import time
from typing import Callable, Iterator, List, NamedTuple

from repro.bench.subject.pools import Adapter


class Setting(NamedTuple):
    """One pool, one start method; `scale` multiplies the number of tasks (1: what the targets are given for)."""

    adapter: type[Adapter]
    start_method: str
    workers: int
    scale: float

    def count(self, number: int) -> int:
        """`number` tasks, scaled; at least one."""
        return max(1, int(number * self.scale))

    @contextlib.contextmanager
    def pool(self, workers: int = 0) -> Iterator[Adapter]:
        """A started pool that is ended afterwards."""
        pool = self.adapter(workers or self.workers, self.start_method)
        try:
            yield pool
        finally:
            pool.end()

    @contextlib.contextmanager
    def warm_pool(self, workers: int = 0) -> Iterator[Adapter]:
        """The same, after all its workers have met: what is measured then is not their start."""
        from repro.bench.subject.tasks import meet, noop

        count = workers or self.workers
        with self.pool(workers) as pool:
            with tempfile.TemporaryDirectory() as folder:
                pool.submit_all(meet, [(folder, count, number) for number in range(count)])
            pool.submit_all(noop, range(20 * count))
            yield pool


Measurement = Callable[[Setting], List[float]]


def seconds(function: Callable[[], object]) -> float:
    """How long one call of `function` takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
