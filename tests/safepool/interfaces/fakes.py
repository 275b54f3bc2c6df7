"""An engine without a process, for tests of what its results are given to; and what tears a thread away."""

from __future__ import annotations

import pickle
import queue
import threading
from typing import Any

from safepool.protocol.words import VALUE


class Torn(Exception):
    """Raised by a signal handler."""


class FakeEngine:
    """What futures, results and iterators ask of an engine. Its callbacks run in a thread of their own, until :meth:`end`."""

    name = "fake"
    foreign = False
    unfinished = 0

    def __init__(self) -> None:
        self.broken: BaseException | None = None
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            job = self._queue.get()
            if job is None:
                return
            self.call_back_here(*job)
            del job

    def check_may_wait(self) -> None:
        """Anybody may."""

    def end(self) -> None:
        self._queue.put(None)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def call_back(self, function: Any, *args: Any) -> None:
        self._queue.put((function, *args))

    @staticmethod
    def call_back_here(function: Any, *args: Any) -> None:
        try:
            function(*args)
        except BaseException:
            pass

    def lead(self, task: Any) -> None:
        pass

    def unlead(self, task: Any) -> None:
        pass

    @staticmethod
    def cancel(task: Any) -> bool:
        taken: bool = task.take_back()
        return taken

    def broken_error(self) -> BaseException | None:
        return self.broken


class FakePool:
    """What a result asks of its pool."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine


def pickled(value: Any) -> tuple[int, bytes]:
    """The entry of a result that has to be decoded."""
    return VALUE, pickle.dumps(value, 5)


def together(*functions: Any) -> None:
    """Call each in a thread of its own, all at once; raise what one of them raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(functions))

    def call(function: Any) -> None:
        try:
            barrier.wait(20)
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=call, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]
