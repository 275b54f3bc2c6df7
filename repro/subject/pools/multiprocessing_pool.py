"""``multiprocessing.Pool``, the pool that the project began with (Lib/multiprocessing/pool.py)."""

from __future__ import annotations

import multiprocessing
from typing import Any, Callable, Iterator, Sequence

from ..adapter import Adapter, Outcome
from ..script import PoolWording, Wording


class PoolInterface(Adapter):
    """The operations of ``multiprocessing.Pool``, for every pool that has its interface."""

    operations = ("map", "apply_async", "imap", "imap_unordered")

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if operation == "map":
            for task, value in zip(inputs, pool.map(function, inputs)):
                yield Outcome(task, value)
        elif operation == "apply_async":
            yield from self.collect(self.start(pool, function, inputs, notice), inputs)
        elif operation == "imap":
            yield from one_by_one(pool.imap(function, inputs), inputs)
        else:
            yield from one_by_one(pool.imap_unordered(function, inputs), [None] * len(inputs))

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        return [pool.apply_async(function, (task,), callback=callback, error_callback=notice) for task in inputs]

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[Outcome]:
        for task, result in zip(inputs, started):
            try:
                yield Outcome(task, result.get())
            except Exception as error:
                yield Outcome(task, error=error)

    def finish(self, pool: Any) -> None:
        pool.close()
        pool.join()

    def close(self, pool: Any) -> None:
        pool.terminate()
        pool.join()

    def wording(self, operation: str, time_limit: float | None = None) -> Wording | None:
        if not self.script_class:
            return None
        return PoolWording(self.script_class, operation, self.script_options, *self.limits(time_limit))


def one_by_one(iterator: Iterator[int], tasks: Sequence[Any]) -> Iterator[Outcome]:
    """The outcomes of an iterator whose ``next`` raises the error of one task, and can be called again after it."""
    for task in tasks:
        try:
            value = next(iterator)
        except StopIteration:
            return
        except Exception as error:
            yield Outcome(task, error=error)
        else:
            yield Outcome(task, value)


class MultiprocessingPool(PoolInterface):
    name = "multiprocessing.Pool"
    aliases = ("Pool",)
    label = "Pool"
    requires = "multiprocessing.pool"
    has = ("initializer", "tasks_per_worker", "callback", "terminate")
    script_imports = ("from multiprocessing import Pool",)
    script_class = "Pool"
    script_options = {"initializer": "initializer", "tasks_per_worker": "maxtasksperchild"}  # noqa: RUF012

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        return multiprocessing.get_context(start_method).Pool(
            workers, initializer=options.get("initializer"), maxtasksperchild=options.get("tasks_per_worker")
        )


POOL = MultiprocessingPool()
