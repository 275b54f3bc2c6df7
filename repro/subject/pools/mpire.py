"""``mpire.WorkerPool`` (github.com/sybrenjansen/mpire): a pool of the shape of ``multiprocessing.Pool``; what a pool is made with
elsewhere is said with each call here."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, Sequence

from ..adapter import Outcome
from .multiprocessing_pool import PoolInterface


class _Opened(NamedTuple):
    """A pool, and what to say with each of its calls."""

    pool: Any
    said: dict[str, Any]


class MpirePool(PoolInterface):
    name = "mpire"
    aliases = ("mpire.WorkerPool",)
    label = "mpire"
    has = ("initializer", "callback", "terminate", "time_limit")
    requires = project = "mpire"
    script_imports = ("from mpire import WorkerPool",)
    script_class = "WorkerPool"
    script_call_limit = "task_timeout"

    def version(self) -> str:
        from importlib.metadata import version

        return version("mpire")

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        from mpire import WorkerPool

        said = {"worker_init": options.get("initializer"), "task_timeout": options.get("time_limit")}
        # kept alive, because the suite uses a pool several times; otherwise each call has workers of its own
        return _Opened(WorkerPool(workers, start_method=start_method, keep_alive=True), said)

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if operation == "apply_async":
            yield from self.collect(self.start(pool, function, inputs, notice), inputs)
            return
        values = getattr(pool.pool, operation)(function, inputs, **pool.said)
        # a list, or a generator: the first error ends it, and the results after it are out of reach
        for task, value in zip([None] * len(inputs) if operation == "imap_unordered" else inputs, values):
            yield Outcome(task, value)

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        return [
            pool.pool.apply_async(function, (task,), callback=callback, error_callback=notice, **pool.said)
            for task in inputs
        ]

    def finish(self, pool: Any) -> None:
        pool.pool.stop_and_join()

    def close(self, pool: Any) -> None:
        pool.pool.terminate()


POOL = MpirePool()
