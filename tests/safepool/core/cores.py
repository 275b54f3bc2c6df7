"""Cores for tests: with workers that have started."""

from __future__ import annotations

from safepool.core.decisions import Core
from safepool.core.states import Worker


def started(size: int = 1, **options: object) -> tuple[Core, list[Worker]]:
    """A core, and its workers, each of them ready."""
    pool = Core(size, **options)  # type: ignore[arg-type]
    workers = [pool.launch() for _ in range(size)]
    for worker in workers:
        pool.ready(worker)
    return pool, workers
