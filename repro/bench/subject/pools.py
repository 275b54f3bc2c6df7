"""Adapters: what a benchmark may ask of a pool, for each pool. One class per pool, added to `ADAPTERS` by its name."""

from __future__ import annotations

import multiprocessing
from typing import Any, Callable, Iterable, Iterator

Task = Callable[[Any], Any]


class Unsupported(Exception):
    """This pool cannot be measured so, and why."""


class Adapter:
    """One pool. The constructor starts it with `workers` workers and the start method's context."""

    modules = ""  # the import statement for the benchmark of imports
    classes = ""  # the same, with the classes that are used
    dies_with_a_worker = False  # a dead worker makes the pool unusable
    unmeasured_death = ""  # why the time from a death to its notice can't be measured

    def __init__(self, workers: int, start_method: str) -> None:
        self.workers = workers
        self.start_method = start_method
        self.context = multiprocessing.get_context(start_method)

    def call(self, function: Task, argument: Any) -> Any:
        """One call, there and back."""
        raise NotImplementedError

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        """Submit one task for each argument, then collect all results."""
        raise NotImplementedError

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        """`map` with the pool's default chunks (chunksize 0) or the given ones."""
        raise NotImplementedError

    def imap(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        """Results in order, one task per item."""
        raise Unsupported("has no imap")

    def imap_unordered(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        """Results as they come, one task per item."""
        raise Unsupported("has no imap_unordered")

    def end(self) -> None:
        """End it, and wait until it has ended."""
        raise NotImplementedError


class StandardPool(Adapter):
    """multiprocessing.Pool."""

    modules = "import multiprocessing.pool, concurrent.futures.process"  # what safepool's import is held against
    classes = modules
    unmeasured_death = "never learns of it"

    def __init__(self, workers: int, start_method: str) -> None:
        super().__init__(workers, start_method)
        self.pool: Any = self.make(workers)

    def make(self, workers: int) -> Any:
        return self.context.Pool(workers)

    def call(self, function: Task, argument: Any) -> Any:
        return self.pool.apply(function, (argument,))

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        apply_async = self.pool.apply_async
        return [result.get() for result in [apply_async(function, (argument,)) for argument in arguments]]

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        results: list[Any] = self.pool.map(function, arguments, chunksize or None)
        return results

    def imap(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        iterator: Iterator[Any] = self.pool.imap(function, arguments)
        return iterator

    def imap_unordered(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        iterator: Iterator[Any] = self.pool.imap_unordered(function, arguments)
        return iterator

    def end(self) -> None:
        self.pool.terminate()
        self.pool.join()


class StandardExecutor(Adapter):
    """concurrent.futures.ProcessPoolExecutor."""

    modules = StandardPool.modules
    classes = StandardPool.classes
    dies_with_a_worker = True

    def __init__(self, workers: int, start_method: str) -> None:
        super().__init__(workers, start_method)
        self.executor: Any = self.make(workers)

    def make(self, workers: int) -> Any:
        import concurrent.futures

        return concurrent.futures.ProcessPoolExecutor(workers, mp_context=self.context)

    def call(self, function: Task, argument: Any) -> Any:
        return self.executor.submit(function, argument).result()

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        submit = self.executor.submit
        return [future.result() for future in [submit(function, argument) for argument in arguments]]

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        return list(self.executor.map(function, arguments, chunksize=chunksize or 1))

    def end(self) -> None:
        self.executor.shutdown(wait=True)


class SafePool(StandardPool):
    """safepool.Pool."""

    modules = "import safepool"
    classes = "from safepool import Pool, ProcessPoolExecutor"  # `import safepool` alone loads them lazily
    unmeasured_death = ""

    def make(self, workers: int) -> Any:
        import safepool

        return safepool.Pool(workers, context=self.context)


class SafeExecutor(StandardExecutor):
    """safepool.ProcessPoolExecutor."""

    modules = SafePool.modules
    classes = SafePool.classes
    dies_with_a_worker = False

    def make(self, workers: int) -> Any:
        import safepool

        return safepool.ProcessPoolExecutor(workers, mp_context=self.context)


ADAPTERS: dict[str, type[Adapter]] = {
    "multiprocessing.Pool": StandardPool,
    "concurrent.futures.ProcessPoolExecutor": StandardExecutor,
    "safepool.Pool": SafePool,
    "safepool.ProcessPoolExecutor": SafeExecutor,
}
