"""An adapter as a third party writes one: of a pool that has the executor's interface."""

from __future__ import annotations

import multiprocessing
from typing import Any

from repro.subject.pools.concurrent_futures import ExecutorInterface


class Good(ExecutorInterface):
    name = "good"
    label = "good"
    operations = ("submit",)
    has = ("initializer", "callback", "futures")
    start_methods = ("fork",)
    requires = "concurrent.futures.process"

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        from concurrent.futures import ProcessPoolExecutor

        return ProcessPoolExecutor(
            workers, mp_context=multiprocessing.get_context(start_method), initializer=options.get("initializer")
        )


POOL = Good()
