"""``multiprocess`` (github.com/uqfoundation/multiprocess): the standard library's ``multiprocessing``, with dill for pickle."""

from __future__ import annotations

from typing import Any

from .multiprocessing_pool import PoolInterface


class MultiprocessPool(PoolInterface):
    name = "multiprocess"
    aliases = ("multiprocess.Pool",)
    label = "multiprocess"
    has = ("initializer", "tasks_per_worker", "callback", "terminate")
    requires = project = "multiprocess"
    script_imports = ("from multiprocess import Pool",)
    script_class = "Pool"
    script_options = {"initializer": "initializer", "tasks_per_worker": "maxtasksperchild"}  # noqa: RUF012

    def version(self) -> str:
        import multiprocess

        return str(multiprocess.__version__)

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import multiprocess

        return multiprocess.get_context(start_method).Pool(
            workers, initializer=options.get("initializer"), maxtasksperchild=options.get("tasks_per_worker")
        )


POOL = MultiprocessPool()
