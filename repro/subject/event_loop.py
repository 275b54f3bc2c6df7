"""An executor over what is awaited: an event loop in a thread, and a future for each call. For the pools of async libraries.

Their users call them from inside a loop. A program that makes its calls from outside, as the suite's does, hands them over to a
loop's thread in the way that each library has for it, and gets what ``await`` gives there, ``SystemExit`` included.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, Awaitable, Callable


class AsyncExecutor:
    """``submit`` and ``shutdown`` of an executor.

    main: runs the event loop to its end; called in the loop's thread with this executor. It announces, by ``ready``, how
        to hand a call over to the loop: a function of an async function without arguments. It returns when ``ended`` is called.
    await_call: makes one call in the loop, ``await await_call(function, argument)``.
    """

    def __init__(self, main: Callable[[AsyncExecutor], None], await_call: Callable[..., Awaitable[Any]]) -> None:
        self._await_call = await_call
        self._hand_over: Callable[[Callable[[], Awaitable[None]]], None] | None = None
        self._end: Callable[[], None] = lambda: None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=main, args=(self,), name="event-loop", daemon=True)
        self._thread.start()
        self._ready.wait()

    def ready(self, hand_over: Callable[[Callable[[], Awaitable[None]]], None], end: Callable[[], None]) -> None:
        """Called from inside the loop. hand_over, end: thread-safe; the second lets the loop end after its last call."""
        self._hand_over = hand_over
        self._end = end
        self._ready.set()

    def submit(self, function: Callable[[Any], Any], argument: Any) -> Future[Any]:
        """Start a call; its future has what ``await`` returned or raised, when it did."""
        assert self._hand_over is not None
        future: Future[Any] = Future()

        async def call() -> None:
            # whatever it is: a SystemExit that leaves here would end the loop with all other calls in it
            try:
                result = await self._await_call(function, argument)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._hand_over(call)
        return future

    def shutdown(self, wait: bool = True) -> None:
        """Let the loop end when its calls have, and wait for that."""
        self._end()
        self._thread.join()
