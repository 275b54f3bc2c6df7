"""``concurrent.futures.ThreadPoolExecutor``, for contrast: no process to lose, so that what kills one ends the program."""

from __future__ import annotations

from typing import Any

from .concurrent_futures import ExecutorInterface


class ThreadPool(ExecutorInterface):
    name = "concurrent.futures.ThreadPoolExecutor"
    aliases = ("ThreadPoolExecutor",)
    label = "ThreadPoolExecutor"
    has = ("initializer", "callback", "futures")
    start_methods = ("",)
    requires = "concurrent.futures.thread"
    script_imports = ("from concurrent.futures import ThreadPoolExecutor, wait",)
    script_class = "ThreadPoolExecutor"
    script_options = {"initializer": "initializer"}  # noqa: RUF012

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(workers, initializer=options.get("initializer"))


POOL = ThreadPool()
