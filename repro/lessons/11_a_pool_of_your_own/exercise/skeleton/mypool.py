"""A pool in which every task gets exactly one outcome, whatever its workers do."""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator, NamedTuple, Sequence

from repro.subject import adapter


class Outcome(NamedTuple):
    """What came of a task: its value, or an error."""

    value: Any = None
    error: BaseException | None = None


class WorkerDied(Exception):
    """The worker that had the task ended without an answer."""


class Pool:
    def __init__(self, workers: int) -> None:
        raise NotImplementedError

    def outcomes(self, function: Callable[[Any], Any], inputs: Sequence[Any]) -> list[Outcome]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class MyPool(adapter.Adapter):
    """What the suite needs to know."""

    name = "mypool"
    label = "my pool"
    operations = ("outcomes",)
    start_methods = ("fork",)

    def open(self, workers: int, start_method: str, **options: Any) -> Pool:
        return Pool(workers)

    def run(self, pool: Pool, operation: str, function: Any, inputs: Any, notice: Any) -> Iterator[adapter.Outcome]:
        for task, outcome in zip(inputs, pool.outcomes(function, inputs)):
            yield adapter.Outcome(task, *outcome)

    def start(self, pool: Pool, function: Any, inputs: Any, notice: Any, callback: Any = None) -> Any:
        found: list[Outcome] = []
        thread = threading.Thread(target=lambda: found.extend(pool.outcomes(function, inputs)), daemon=True)
        thread.start()
        return thread, found

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[adapter.Outcome]:
        started[0].join()
        yield from (adapter.Outcome(task, *outcome) for task, outcome in zip(inputs, started[1]))

    def finish(self, pool: Pool) -> None:
        pool.close()

    close = finish


POOL = MyPool()
