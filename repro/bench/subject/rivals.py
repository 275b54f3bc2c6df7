"""Adapters of the pools that people use instead, where they are installed. What has a standard shape is measured as that."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, Sized

from repro.bench.subject.pools import Adapter, StandardExecutor, StandardPool, Task


class Billiard(StandardPool):
    """billiard.Pool."""

    modules = classes = "import billiard.pool"
    unmeasured_death = "learns of it after ten seconds"  # billiard/pool.py, LOST_WORKER_TIMEOUT

    def make(self, workers: int) -> Any:
        import billiard

        return billiard.get_context(self.start_method).Pool(workers)


class Multiprocess(StandardPool):
    """multiprocess.Pool: the standard one, with dill."""

    modules = classes = "import multiprocess.pool"

    def make(self, workers: int) -> Any:
        import multiprocess

        return multiprocess.get_context(self.start_method).Pool(workers)


class Loky(StandardExecutor):
    """loky.ProcessPoolExecutor, with the start method of its own, whichever is asked for."""

    modules = classes = "import loky"

    def make(self, workers: int) -> Any:
        import loky

        return loky.ProcessPoolExecutor(workers)


class Pebble(StandardExecutor):
    """pebble.ProcessPool."""

    modules = classes = "import pebble"
    dies_with_a_worker = False

    def make(self, workers: int) -> Any:
        import pebble

        return pebble.ProcessPool(workers, context=self.context)

    def call(self, function: Task, argument: Any) -> Any:
        return self.executor.schedule(function, args=(argument,)).result()

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        schedule = self.executor.schedule
        return [future.result() for future in [schedule(function, args=(argument,)) for argument in arguments]]

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        return list(self.executor.map(function, arguments, chunksize=chunksize or 1).result())

    def end(self) -> None:
        self.executor.stop()
        self.executor.join()


class Mpire(Adapter):
    """mpire.WorkerPool, with workers that stay."""

    modules = classes = "import mpire"
    dies_with_a_worker = True

    def __init__(self, workers: int, start_method: str) -> None:
        import mpire

        super().__init__(workers, start_method)
        self.pool: Any = mpire.WorkerPool(workers, start_method=start_method, keep_alive=True)

    def call(self, function: Task, argument: Any) -> Any:
        return self.pool.apply(function, (argument,))

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        apply_async = self.pool.apply_async
        return [result.get() for result in [apply_async(function, (argument,)) for argument in arguments]]

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        return list(self._results(self.pool.map, function, arguments, chunksize or None))

    def imap(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        return iter(self._results(self.pool.imap, function, arguments, 1))

    def imap_unordered(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        return iter(self._results(self.pool.imap_unordered, function, arguments, 1))

    def _results(
        self, call: Callable[..., Any], function: Task, arguments: Iterable[Any], chunksize: int | None
    ) -> Any:
        length = len(arguments) if isinstance(arguments, Sized) else None
        # a tuple would be spread over several arguments
        return call(function, ((one,) for one in arguments), iterable_len=length, chunk_size=chunksize)

    def end(self) -> None:
        self.pool.terminate()


ADAPTERS: dict[str, type[Adapter]] = {
    "billiard": Billiard,
    "loky": Loky,
    "mpire": Mpire,
    "multiprocess": Multiprocess,
    "pebble": Pebble,
}
