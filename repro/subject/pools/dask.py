"""``dask.distributed`` (github.com/dask/distributed), a local cluster of processes: a scheduler between caller and workers."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

from .concurrent_futures import ExecutorInterface


class _Opened(NamedTuple):
    cluster: Any
    client: Any
    executor: Any

    def submit(self, function: Any, task: int) -> Any:
        return self.executor.submit(function, task)


class DaskDistributed(ExecutorInterface):
    name = "dask.distributed"
    aliases = ("dask",)
    label = "dask"
    operations = ("submit",)
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
        client = Client(cluster)
        return _Opened(cluster, client, client.get_executor(pure=False))

    def finish(self, pool: Any) -> None:
        pool.executor.shutdown(wait=True)
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
