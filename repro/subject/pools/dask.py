"""``dask.distributed`` (github.com/dask/distributed), a local cluster of processes: a scheduler between caller and workers."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, Sequence

from ..adapter import Outcome
from .concurrent_futures import ExecutorInterface


class _Opened(NamedTuple):
    cluster: Any
    client: Any


class DaskDistributed(ExecutorInterface):
    name = "dask.distributed"
    aliases = ("dask",)
    label = "dask"
    #: Its own calls, and those of the executor that it gives out, which does not tell of a result that can't be sent.
    operations = ("submit", "executor")
    has = ("callback", "futures")
    default_start_method = "spawn"  # distributed.worker.multiprocessing-method
    requires = project = "distributed"
    #: Scheduler, nannies and workers start within a few seconds; a task is run up to four times before it is given up
    #: (distributed.scheduler.allowed-failures), on a worker that starts anew each time.
    patience = 20.0
    script_imports = ("from dask.distributed import Client",)

    def version(self) -> str:
        import distributed

        return str(distributed.__version__)

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import dask
        from distributed import Client, LocalCluster

        dask.config.set({"distributed.worker.multiprocessing-method": start_method})
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None)
        return _Opened(cluster, Client(cluster))

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if operation == "executor":
            yield from ExecutorInterface().run(pool.client.get_executor(pure=False), "submit", function, inputs, notice)
            return
        from distributed import as_completed

        futures = self.start(pool, function, inputs, notice)
        for future in as_completed(futures):
            if future.status == "error":
                notice(future.exception())
                break
        yield from self.collect(futures, inputs)

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        # pure: two calls with the same argument are one task otherwise
        futures = [pool.client.submit(function, task, pure=False) for task in inputs]
        for future in futures if callback else []:
            future.add_done_callback(callback)
        return futures

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[Outcome]:
        errors = []
        for task, future in zip(inputs, started):
            try:
                yield Outcome(task, future.result())
            except Exception as error:
                errors.append(error)
                yield Outcome(task, error=error)
        if errors:
            raise errors[0]

    def finish(self, pool: Any) -> None:
        self.close(pool)

    def close(self, pool: Any) -> None:
        pool.client.close()
        pool.cluster.close()

    def script(self, operation: str) -> Sequence[str]:
        return [
            "with Client(n_workers=3, threads_per_worker=1) as client:",
            "    print(client.gather([client.submit(worker, x, pure=False) for x in [1, 2, 3]]))",
        ]


POOL = DaskDistributed()
