"""``anyio.to_process`` (github.com/agronholm/anyio): workers that are programs of their own, spoken to on stdin and stdout."""

from __future__ import annotations

import sys
from typing import Any, Callable, Sequence

from ..event_loop import AsyncExecutor
from .concurrent_futures import ExecutorInterface


class AnyioToProcess(ExecutorInterface):
    name = "anyio"
    aliases = ("anyio.to_process",)
    label = "anyio"
    operations = ("run_sync",)
    has = ("callback", "futures")
    start_methods = ("",)
    requires = project = "anyio"
    script_imports = ("import anyio", "import anyio.to_process")

    def version(self) -> str:
        from importlib.metadata import version

        return version("anyio")

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import anyio
        import anyio.from_thread
        import anyio.to_process

        # A worker runs the main module's file by its path, as __mp_main__, which can't do for a module that was started with
        # -m and imports relatively. The tasks are elsewhere: without a file, there is nothing to run (anyio/to_process.py).
        sys.modules["__main__"].__dict__.pop("__file__", None)
        limiter: Any = None

        def main(executor: AsyncExecutor) -> None:
            anyio.run(serve, executor)

        async def serve(executor: AsyncExecutor) -> None:
            nonlocal limiter
            limiter = anyio.CapacityLimiter(workers)
            async with anyio.from_thread.BlockingPortal() as portal:
                executor.ready(lambda call: portal.start_task_soon(call) and None, lambda: portal.call(portal.stop))
                await portal.sleep_until_stopped()

        async def await_call(function: Callable[[Any], Any], argument: Any) -> Any:
            return await anyio.to_process.run_sync(function, argument, limiter=limiter)

        return AsyncExecutor(main, await_call)

    def run(self, pool: Any, operation: str, *arguments: Any) -> Any:
        return super().run(pool, "submit", *arguments)

    def script(self, operation: str) -> Sequence[str]:
        return [
            "results = {}",
            "async def one(x):",
            "    results[x] = await anyio.to_process.run_sync(worker, x)",
            "async def main():",
            "    async with anyio.create_task_group() as group:",
            "        for x in [1, 2, 3]:",
            "            group.start_soon(one, x)",
            "anyio.run(main)",
            "print([results[x] for x in [1, 2, 3]])",
        ]


POOL = AnyioToProcess()
