"""An executor over an event loop, as the adapters of async libraries make one."""

from __future__ import annotations

import asyncio
from typing import Any

from repro.subject.event_loop import AsyncExecutor


def loop_of(await_call: Any) -> AsyncExecutor:
    """An executor over an asyncio loop, as an async library's adapter makes one."""

    def main(executor: AsyncExecutor) -> None:
        asyncio.run(serve(executor))

    async def serve(executor: AsyncExecutor) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        executor.ready(
            lambda call: asyncio.run_coroutine_threadsafe(call(), loop) and None,
            lambda: loop.call_soon_threadsafe(ended.set) and None,
        )
        await ended.wait()

    return AsyncExecutor(main, await_call)


def test_an_event_loop_gives_what_await_gives() -> None:
    """Results and errors reach the future of their own call; SystemExit does not end the loop with the other calls in it."""

    async def call(function: Any, argument: int) -> int:
        await asyncio.sleep(0)
        if argument == 2:
            raise SystemExit(1)
        return int(function(argument))

    executor = loop_of(call)
    try:
        futures = [executor.submit(abs, number) for number in (-1, 2, -3)]
        assert [futures[0].result(60), futures[2].result(60)] == [1, 3]
        assert isinstance(futures[1].exception(60), SystemExit)
    finally:
        executor.shutdown()
