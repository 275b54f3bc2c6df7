"""Adapters of the pools that people use instead, where they are installed. What has a standard shape is measured as that."""

from __future__ import annotations

import os
import tempfile
import threading
from concurrent.futures import Future
from typing import Any, Callable, Iterable, Iterator, Sized

from repro.bench.subject.pools import Adapter, StandardExecutor, StandardPool, Task, Unsupported


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


class Deadpool(StandardExecutor):
    """deadpool.Deadpool."""

    modules = classes = "import deadpool"
    dies_with_a_worker = False

    def make(self, workers: int) -> Any:
        import deadpool

        return deadpool.Deadpool(workers, mp_context=self.start_method)


class Joblib(Adapter):
    """joblib.Parallel, with its default backend and the start method of that, whichever is asked for. Its workers are shared by
    all calls of the program, and a dead one is replaced with the next call."""

    modules = classes = "import joblib"

    def __init__(self, workers: int, start_method: str) -> None:
        super().__init__(workers, start_method)
        # where it finds /dev/shm it puts its folders for arrays there, and one that is killed leaves them
        os.environ["JOBLIB_TEMP_FOLDER"] = tempfile.gettempdir()

    def _run(self, function: Task, arguments: Iterable[Any], **how: Any) -> Any:
        import joblib

        return joblib.Parallel(self.workers, **how)(joblib.delayed(function)(argument) for argument in arguments)

    def call(self, function: Task, argument: Any) -> Any:
        return self._run(function, [argument])[0]

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        results: list[Any] = self._run(function, arguments, batch_size=1)
        return results

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        results: list[Any] = self._run(function, arguments, batch_size=chunksize or "auto")
        return results

    def imap(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        return iter(self._run(function, arguments, batch_size=1, return_as="generator"))

    def imap_unordered(self, function: Task, arguments: Iterable[Any]) -> Iterator[Any]:
        return iter(self._run(function, arguments, batch_size=1, return_as="generator_unordered"))

    def end(self) -> None:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)


class OneByOne(Adapter):
    """A pool that knows single calls only."""

    def map(self, function: Task, arguments: Any, chunksize: int = 0) -> list[Any]:
        if chunksize != 1:
            raise Unsupported("has no chunks")
        return self.submit_all(function, arguments)


class Dask(OneByOne):
    """dask.distributed, a local cluster of processes."""

    modules = classes = "import distributed"
    unmeasured_death = (
        "runs the task up to four times, each time in another worker"  # distributed.scheduler.allowed-failures
    )

    def __init__(self, workers: int, start_method: str) -> None:
        import dask
        import distributed

        super().__init__(workers, start_method)
        dask.config.set({"distributed.worker.multiprocessing-method": start_method})
        self.cluster: Any = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
        self.client: Any = distributed.Client(self.cluster)

    def call(self, function: Task, argument: Any) -> Any:
        return self.client.submit(
            function, argument, pure=False
        ).result()  # pure: the same call twice would be one task

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        submit = self.client.submit
        futures = [submit(function, argument, pure=False) for argument in arguments]
        results: list[Any] = self.client.gather(futures)
        return results

    def end(self) -> None:
        self.client.close()
        self.cluster.close()


class Ray(OneByOne):
    """ray's remote functions, on a local cluster, with the start method of its own, whichever is asked for."""

    modules = classes = "import ray"
    unmeasured_death = "runs the task up to four times, each time in another worker"  # max_retries

    def __init__(self, workers: int, start_method: str) -> None:
        import ray

        super().__init__(workers, start_method)
        self.remote: dict[Task, Any] = {}  # each function is sent to ray's store once
        os.environ["RAY_AUTH_MODE"] = "disabled"  # else it keeps a token of its own in the user's home
        ray.init(
            num_cpus=workers, include_dashboard=False, log_to_driver=False, _temp_dir=f"{tempfile.gettempdir()}/ray"
        )

    def _start(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        import ray

        if function not in self.remote:
            self.remote[function] = ray.remote(function).remote
        remote = self.remote[function]
        return [remote(argument) for argument in arguments]

    def call(self, function: Task, argument: Any) -> Any:
        import ray

        return ray.get(self._start(function, [argument])[0])

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        import ray

        results: list[Any] = ray.get(self._start(function, arguments))
        return results

    def end(self) -> None:
        import ray

        ray.shutdown()


class Anyio(OneByOne):
    """anyio.to_process, in an event loop in a thread: each call goes there and back. Its workers are programs of their own."""

    modules = classes = "import anyio.to_process"

    def __init__(self, workers: int, start_method: str) -> None:
        import anyio
        import anyio.from_thread

        super().__init__(workers, start_method)
        self._manager: Any = anyio.from_thread.start_blocking_portal()
        self.portal: Any = self._manager.__enter__()
        self.limiter: Any = self.portal.call(anyio.CapacityLimiter, workers)

    def call(self, function: Task, argument: Any) -> Any:
        return self.portal.call(self._one, function, argument)

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        results: list[Any] = self.portal.call(self._all, function, list(arguments))
        return results

    async def _one(self, function: Task, argument: Any) -> Any:
        import anyio.to_process

        return await anyio.to_process.run_sync(function, argument, limiter=self.limiter)

    async def _all(self, function: Task, arguments: list[Any]) -> list[Any]:
        import anyio

        results = [None] * len(arguments)

        async def keep(place: int, argument: Any) -> None:
            results[place] = await self._one(function, argument)

        async with anyio.create_task_group() as group:
            for place, argument in enumerate(arguments):
                group.start_soon(keep, place, argument)
        return results

    def end(self) -> None:
        self._manager.__exit__(None, None, None)


class TrioParallel(OneByOne):
    """trio_parallel, in an event loop in a thread: each call goes there and back."""

    modules = classes = "import trio_parallel"

    def __init__(self, workers: int, start_method: str) -> None:
        import trio

        super().__init__(workers, start_method)
        self.limiter: Any = trio.CapacityLimiter(workers)
        self._opened: Future[Any] = Future()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()
        self.opened, self.token, self._ended = self._opened.result()

    def _loop(self) -> None:
        import trio

        try:
            trio.run(self._serve)
        except BaseException as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    async def _serve(self) -> None:
        import trio
        import trio_parallel

        worker_type = trio_parallel.WorkerType(self.start_method)
        async with trio_parallel.open_worker_context(worker_type=worker_type) as context:
            ended = trio.Event()
            self._opened.set_result((context, trio.lowlevel.current_trio_token(), ended))
            await ended.wait()

    def call(self, function: Task, argument: Any) -> Any:
        import trio

        return trio.from_thread.run(self._one, function, argument, trio_token=self.token)

    def submit_all(self, function: Task, arguments: Iterable[Any]) -> list[Any]:
        import trio

        results: list[Any] = trio.from_thread.run(self._all, function, list(arguments), trio_token=self.token)
        return results

    async def _one(self, function: Task, argument: Any) -> Any:
        return await self.opened.run_sync(function, argument, limiter=self.limiter)

    async def _all(self, function: Task, arguments: list[Any]) -> list[Any]:
        import trio

        results = [None] * len(arguments)

        async def keep(place: int, argument: Any) -> None:
            results[place] = await self._one(function, argument)

        async with trio.open_nursery() as nursery:
            for place, argument in enumerate(arguments):
                nursery.start_soon(keep, place, argument)
        return results

    def end(self) -> None:
        import trio

        trio.from_thread.run_sync(self._ended.set, trio_token=self.token)
        self._thread.join()


ADAPTERS: dict[str, type[Adapter]] = {
    "anyio": Anyio,
    "billiard": Billiard,
    "dask.distributed": Dask,
    "deadpool-executor": Deadpool,
    "joblib": Joblib,
    "loky": Loky,
    "mpire": Mpire,
    "multiprocess": Multiprocess,
    "pebble": Pebble,
    "ray": Ray,
    "trio-parallel": TrioParallel,
}
