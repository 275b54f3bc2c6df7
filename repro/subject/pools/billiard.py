"""``billiard.Pool`` (github.com/celery/billiard): Celery's fork of ``multiprocessing``, which looks after dead workers."""

from __future__ import annotations

from typing import Any

from .multiprocessing_pool import PoolInterface


class BilliardPool(PoolInterface):
    name = "billiard"
    aliases = ("billiard.Pool",)
    label = "billiard"
    #: What Celery does comes first. ``map`` with a time limit ends the whole program with status 1: a TypeError in the thread
    #: that handles the time-out (4.3.2, billiard/pool.py: TimeoutHandler, MapResult).
    operations = ("apply_async", "map", "imap", "imap_unordered")
    has = ("initializer", "tasks_per_worker", "callback", "terminate", "time_limit")
    requires = project = "billiard"
    #: A dead worker's task is given up after LOST_WORKER_TIMEOUT, 10 s (billiard/pool.py), and a supervisor looks twice a second.
    patience = 11.0
    script_imports = ("from billiard import Pool",)
    script_class = "Pool"
    script_options = {"initializer": "initializer", "tasks_per_worker": "maxtasksperchild", "time_limit": "timeout"}  # noqa: RUF012

    def version(self) -> str:
        import billiard

        return str(billiard.__version__)

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import billiard

        return billiard.get_context(start_method).Pool(
            workers,
            initializer=options.get("initializer"),
            maxtasksperchild=options.get("tasks_per_worker"),
            timeout=options.get("time_limit"),
        )


POOL = BilliardPool()
