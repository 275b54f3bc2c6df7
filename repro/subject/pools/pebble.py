"""``pebble.ProcessPool`` (github.com/noxdafox/pebble): a pool with a time limit for each task."""

from __future__ import annotations

import multiprocessing
from typing import Any, Callable, Iterator, Sequence

from ..adapter import Outcome
from ..script import ExecutorWording
from .concurrent_futures import ExecutorInterface
from .multiprocessing_pool import one_by_one


class PebbleWording(ExecutorWording):
    """It calls ``submit`` ``schedule``, its ``map`` gives one future for all, and it ends as a ``multiprocessing.Pool`` does."""

    submit = "pool.schedule({function}, (x,){more})"

    def each(self, function: str, items: str) -> str:
        return f"{self.map(function, items)}.result()"

    def map(self, function: str, items: str) -> str:
        return f"pool.map({function}, {items}{self.more})"

    def list(self, mapped: str) -> str:
        return f"list({mapped}.result())"

    def finish(self) -> str:
        return "pool.close()\npool.join()"


class PebblePool(ExecutorInterface):
    name = "pebble"
    aliases = ("pebble.ProcessPool",)
    label = "pebble"
    operations = ("schedule", "map")
    script_wording = PebbleWording
    has = ("initializer", "tasks_per_worker", "callback", "futures", "time_limit")
    requires = "pebble"
    project = "Pebble"
    script_imports = ("from concurrent.futures import wait", "from pebble import ProcessPool")
    script_class = "ProcessPool"
    script_options = {"initializer": "initializer", "tasks_per_worker": "max_tasks"}  # noqa: RUF012
    script_call_limit = "timeout"

    def __init__(self) -> None:
        self._time_limit: float | None = None

    def version(self) -> str:
        from importlib.metadata import version

        return version("Pebble")

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        from pebble import ProcessPool

        self._time_limit = options.get("time_limit")
        return ProcessPool(
            workers,
            max_tasks=options.get("tasks_per_worker", 0),
            initializer=options.get("initializer"),
            context=multiprocessing.get_context(start_method),
        )

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if operation == "map":
            # its iterator goes on after an error, unlike the executor's
            yield from one_by_one(pool.map(function, inputs, timeout=self._time_limit).result(), inputs)
        else:
            yield from super().run(pool, "submit", function, inputs, notice)

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        futures = [pool.schedule(function, args=(task,), timeout=self._time_limit) for task in inputs]
        for future in futures if callback else []:
            future.add_done_callback(callback)
        return futures

    def finish(self, pool: Any) -> None:
        pool.close()
        pool.join()

    def close(self, pool: Any) -> None:
        pool.__exit__(None, None, None)


POOL = PebblePool()
