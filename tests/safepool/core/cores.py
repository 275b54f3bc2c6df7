"""Cores for tests: with workers that have started."""

from __future__ import annotations

from safepool.core.decisions import Core
from safepool.core.states import Task, Worker


def started(size: int = 1, **options: object) -> tuple[Core, list[Worker]]:
    """A core, and its workers, each of them ready."""
    pool = Core(size, **options)  # type: ignore[arg-type]
    workers = [pool.launch() for _ in range(size)]
    for worker in workers:
        pool.ready(worker)
    return pool, workers


def all_left(pool: Core) -> list[Task]:
    """What it gives up."""
    left: list[Task] = []
    pool.give_up_all(left.append)
    return left
