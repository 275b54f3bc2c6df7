"""``loky.ProcessPoolExecutor`` (github.com/joblib/loky): the executor of joblib, with a start method of its own."""

from __future__ import annotations

from typing import Any

from .concurrent_futures import ExecutorInterface


class LokyExecutor(ExecutorInterface):
    name = "loky"
    aliases = ("loky.ProcessPoolExecutor",)
    label = "loky"
    has = ("initializer", "callback", "futures")
    #: Its own, ``loky``: fork and exec at once. It takes the others, too, and warns of fork (loky/backend/context.py).
    start_methods = ("",)
    requires = project = "loky"
    script_imports = ("from concurrent.futures import wait", "from loky import ProcessPoolExecutor")
    script_class = "ProcessPoolExecutor"
    script_options = {"initializer": "initializer"}  # noqa: RUF012

    def version(self) -> str:
        import loky

        return str(loky.__version__)

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import loky

        return loky.ProcessPoolExecutor(workers, initializer=options.get("initializer"))


POOL = LokyExecutor()
