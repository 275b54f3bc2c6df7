"""``safepool``: both of its faces. Its Pool makes the Pool's calls, its executor the executor's."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Sequence

from .. import cell
from ..adapter import Adapter, Outcome
from .concurrent_futures import ExecutorInterface
from .multiprocessing_pool import PoolInterface

#: The executor's calls, and what the executor's interface calls them.
EXECUTOR_CALLS = {"submit": "submit", "executor_map": "map"}


class Safepool(Adapter):
    name = "safepool"
    label = "safepool"
    operations = (*PoolInterface.operations, *EXECUTOR_CALLS)
    script_imports = ("import safepool",)

    def version(self) -> str:
        from safepool._version import __version__

        return __version__

    def open(self, workers: int, start_method: str) -> Any:
        import multiprocessing

        import safepool

        context = multiprocessing.get_context(start_method)
        if cell.current().operation in EXECUTOR_CALLS:
            return safepool.ProcessPoolExecutor(workers, mp_context=context)
        return safepool.Pool(workers, context=context)

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if hasattr(pool, "submit"):
            yield from ExecutorInterface().run(pool, EXECUTOR_CALLS.get(operation, "submit"), function, inputs, notice)
        else:
            yield from PoolInterface().run(pool, operation, function, inputs, notice)

    def close(self, pool: Any) -> None:
        if hasattr(pool, "submit"):
            ExecutorInterface().close(pool)
        else:
            PoolInterface().close(pool)

    def script(self, operation: str) -> Sequence[str]:
        if operation not in EXECUTOR_CALLS:
            return [line.replace("with Pool", "with safepool.Pool") for line in PoolInterface().script(operation)]
        lines = ExecutorInterface().script(EXECUTOR_CALLS[operation])
        # exception() waits by itself: no wait() from elsewhere is needed
        return [line.replace("with Process", "with safepool.Process") for line in lines if line != "wait(futures)"]


POOL = Safepool()
