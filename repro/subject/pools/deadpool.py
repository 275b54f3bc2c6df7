"""``deadpool.Deadpool`` (github.com/cjrh/deadpool): an executor whose workers each have their own pipes."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from .concurrent_futures import ExecutorInterface


class DeadpoolExecutor(ExecutorInterface):
    name = "deadpool-executor"
    aliases = ("deadpool",)
    label = "deadpool"
    has = ("initializer", "tasks_per_worker", "callback", "futures", "time_limit")
    default_start_method = "forkserver"  # deadpool/_pool.py: Deadpool.__init__()
    requires = "deadpool"
    project = "deadpool-executor"
    script_imports = ("from concurrent.futures import wait", "from deadpool import Deadpool")
    script_class = "Deadpool"
    script_options = {"initializer": "initializer", "tasks_per_worker": "max_tasks_per_child"}  # noqa: RUF012
    script_call_limit = "deadpool_timeout"

    def __init__(self) -> None:
        self._time_limit: float | None = None

    def version(self) -> str:
        from importlib.metadata import version

        return version("deadpool-executor")

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import deadpool

        self._time_limit = options.get("time_limit")
        return deadpool.Deadpool(
            workers,
            mp_context=start_method,
            initializer=options.get("initializer"),
            max_tasks_per_child=options.get("tasks_per_worker"),
        )

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        futures = [pool.submit(function, task, deadpool_timeout=self._time_limit) for task in inputs]
        for future in futures if callback else []:
            future.add_done_callback(callback)
        return futures


POOL = DeadpoolExecutor()
