"""``concurrent.futures.InterpreterPoolExecutor`` (3.14 and newer; Lib/concurrent/futures/interpreter.py), for contrast: an
interpreter for each worker, and one process for all."""

from __future__ import annotations

from typing import Any

from .concurrent_futures import ExecutorInterface


class InterpreterPool(ExecutorInterface):
    name = "concurrent.futures.InterpreterPoolExecutor"
    aliases = ("InterpreterPoolExecutor",)
    label = "InterpreterPoolExecutor"
    has = ("initializer", "callback", "futures")
    start_methods = ("",)
    requires = "concurrent.futures.interpreter"
    script_imports = ("from concurrent.futures import InterpreterPoolExecutor, wait",)
    script_class = "InterpreterPoolExecutor"
    script_options = {"initializer": "initializer"}  # noqa: RUF012

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import concurrent.futures

        # by name: this file is type-checked with the library of older versions, too
        executor = getattr(concurrent.futures, "InterpreterPoolExecutor")  # noqa: B009
        return executor(workers, initializer=options.get("initializer"))


POOL = InterpreterPool()
