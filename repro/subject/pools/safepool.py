"""``safepool``: both of its faces. Its Pool makes the Pool's calls, its executor the executor's."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Sequence

from .. import cell
from ..adapter import Adapter, Outcome
from ..script import ExecutorWording, PoolWording, Wording
from .concurrent_futures import ExecutorInterface
from .multiprocessing_pool import PoolInterface

#: The executor's calls, and what the executor's interface calls them.
EXECUTOR_CALLS = {"submit": "submit", "executor_map": "map"}


class Safepool(Adapter):
    name = "safepool"
    label = "safepool"
    operations = ("submit", *PoolInterface.operations, "executor_map")
    has = ("initializer", "tasks_per_worker", "callback", "terminate", "futures", "time_limit")
    script_imports = ("import safepool",)
    #: What its classes call the options; the Pool has the Pool's word for one of them.
    script_options = {  # noqa: RUF012
        "initializer": "initializer",
        "tasks_per_worker": "max_tasks_per_child",
        "time_limit": "timeout",
    }

    def features(self, operation: str) -> tuple[str, ...]:
        absent = "terminate" if operation in EXECUTOR_CALLS else "futures"  # leaving an executor waits for its tasks
        return tuple(name for name in self.has if name != absent)

    def version(self) -> str:
        from safepool._version import __version__

        return __version__

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import multiprocessing

        import safepool

        context = multiprocessing.get_context(start_method)
        if cell.current().operation in EXECUTOR_CALLS:
            return safepool.ProcessPoolExecutor(
                workers,
                mp_context=context,
                initializer=options.get("initializer"),
                max_tasks_per_child=options.get("tasks_per_worker"),
                timeout=options.get("time_limit"),
            )
        return safepool.Pool(
            workers,
            context=context,
            initializer=options.get("initializer"),
            maxtasksperchild=options.get("tasks_per_worker"),
            timeout=options.get("time_limit"),
        )

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if hasattr(pool, "submit"):
            operation = EXECUTOR_CALLS.get(operation, "submit")
        yield from _face(pool).run(pool, operation, function, inputs, notice)

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        return pool, _face(pool).start(pool, function, inputs, notice, callback)

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[Outcome]:
        pool, handles = started
        yield from _face(pool).collect(handles, inputs)

    def finish(self, pool: Any) -> None:
        _face(pool).finish(pool)

    def close(self, pool: Any) -> None:
        _face(pool).close(pool)

    def wording(self, operation: str, time_limit: float | None = None) -> Wording | None:
        limits = self.limits(time_limit)
        if operation in EXECUTOR_CALLS:
            name = EXECUTOR_CALLS[operation]
            return _ExecutorWording("safepool.ProcessPoolExecutor", name, self.script_options, *limits)
        options = {**self.script_options, "tasks_per_worker": "maxtasksperchild"}
        return PoolWording("safepool.Pool", operation, options, *limits)


class _ExecutorWording(ExecutorWording):
    wait = ()  # exception() waits by itself: no wait() from elsewhere is needed


def _face(pool: Any) -> Adapter:
    """The interface that the pool has."""
    return ExecutorInterface() if hasattr(pool, "submit") else PoolInterface()


POOL = Safepool()
