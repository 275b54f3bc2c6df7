"""An engine without a process, for tests of what its results are given to; and what tears a thread away."""

from __future__ import annotations

import pickle
import queue
import threading
from collections import deque
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FuturesTimeout
from typing import Any

from safepool.core.states import Task
from safepool.interfaces.futures import TaskFuture
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


class QuietEngine(FakeEngine):
    """Without a thread of its own: what it is to call back waits until somebody calls :meth:`run`."""

    def __init__(self) -> None:
        self.broken = None
        self.waiting: deque[tuple[Any, ...]] = deque()

    def call_back(self, function: Any, *args: Any) -> None:
        self.waiting.append((function, *args))

    def run(self) -> None:
        """In another thread. What goes wrong in our own functions comes out."""
        while self.waiting:
            elsewhere(*self.waiting.popleft())

    def end(self) -> None:
        self.run()


class QuietAside:
    """In the place of ``waiting.aside``: in another thread, too, and the caller waits until it is done."""

    @staticmethod
    def do(job: Any) -> None:
        def finish() -> None:
            while not job():
                pass

        elsewhere(finish)


class FakePool:
    """What a result asks of its pool."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine


def function(*_args: Any) -> None:
    """Called nowhere."""


def new(engine: FakeEngine, *args: Any) -> TaskFuture[Any]:
    """A future of a queued task."""
    future: TaskFuture[Any] = TaskFuture(engine, (function, args, {}))
    future._task = Task(future, 0, 1, "payload")
    return future


def answer(future: TaskFuture[Any], timeout: float = 20) -> str:
    try:
        return str(future.result(timeout))
    except CancelledError:
        return "cancelled"
    except FuturesTimeout:
        return "HANGS"
    except Exception as error:
        return str(error)


def pickled(value: Any) -> tuple[int, bytes]:
    """The entry of a result that has to be decoded."""
    return VALUE, pickle.dumps(value, 5)


def elsewhere(function: Any, *args: Any) -> Any:
    """What a function returns in another thread; what it raises there is raised here."""
    answers: list[Any] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            answers.append(function(*args))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]
    return answers[0]


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
