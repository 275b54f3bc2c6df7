"""``trio_parallel`` (github.com/richardsheridan/trio-parallel): workers that each have their own pipes, awaited with trio."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ..event_loop import AsyncExecutor
from .concurrent_futures import ExecutorInterface


class TrioParallel(ExecutorInterface):
    name = "trio-parallel"
    aliases = ("trio_parallel",)
    label = "trio-parallel"
    operations = ("run_sync",)
    has = ("initializer", "callback", "futures")
    default_start_method = "spawn"  # trio_parallel/_impl.py: open_worker_context()
    requires = "trio_parallel"
    project = "trio-parallel"
    script_imports = ("import trio", "import trio_parallel")

    def version(self) -> str:
        from importlib.metadata import version

        return version("trio-parallel")

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import trio
        import trio_parallel

        context: Any = None
        limiter: Any = None
        said = {"init": options["initializer"]} if "initializer" in options else {}

        def main(executor: AsyncExecutor) -> None:
            trio.run(serve, executor)

        async def serve(executor: AsyncExecutor) -> None:
            nonlocal context, limiter
            limiter = trio.CapacityLimiter(workers)
            worker_type = trio_parallel.WorkerType(start_method)
            opened = trio_parallel.open_worker_context(worker_type=worker_type, **said)
            async with opened as context, trio.open_nursery() as nursery:
                token = trio.lowlevel.current_trio_token()
                ended = trio.Event()
                executor.ready(
                    lambda call: token.run_sync_soon(nursery.start_soon, call), lambda: token.run_sync_soon(ended.set)
                )
                await ended.wait()

        async def await_call(function: Callable[[Any], Any], argument: Any) -> Any:
            return await context.run_sync(function, argument, limiter=limiter)

        return AsyncExecutor(main, await_call)

    def run(self, pool: Any, operation: str, *arguments: Any) -> Any:
        return super().run(pool, "submit", *arguments)

    def script(self, operation: str) -> Sequence[str]:
        return [
            "results = {}",
            "async def one(x):",
            "    results[x] = await trio_parallel.run_sync(worker, x)",
            "async def main():",
            "    async with trio.open_nursery() as nursery:",
            "        for x in [1, 2, 3]:",
            "            nursery.start_soon(one, x)",
            "trio.run(main)",
            "print([results[x] for x in [1, 2, 3]])",
        ]


POOL = TrioParallel()
