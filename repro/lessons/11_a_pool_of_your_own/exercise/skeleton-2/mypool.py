"""A pool in which every task gets exactly one outcome, whatever its workers do."""

from __future__ import annotations

import threading
from collections import deque
from multiprocessing import connection, get_context
from typing import Any, Callable, Iterator, NamedTuple, Sequence

from repro.subject import adapter


class Outcome(NamedTuple):
    """What came of a task: its value, or an error."""

    value: Any = None
    error: BaseException | None = None


class WorkerDied(Exception):
    """The worker that had the task ended without an answer."""


def serve(pipe: connection.Connection) -> None:
    """What a worker does: a task, an answer, and so on, until nobody sends any more."""
    while True:
        try:
            function, argument = pipe.recv()
        except EOFError:
            return
        pipe.send(Outcome(function(argument)))  # STEP 2: what is an outcome, too?


class Worker:
    """A process, our end of its pipe, and the number of the task that it has in hand."""

    def __init__(self) -> None:
        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,))
        self.process.start()
        theirs.close()
        self.task: int | None = None

    def give(self, number: int, function: Callable[[Any], Any], argument: Any) -> None:
        """Send a task, and write down before who has it."""
        self.task = number
        self.pipe.send((function, argument))

    def answer(self) -> Outcome:
        return self.pipe.recv()


class Pool:
    def __init__(self, workers: int) -> None:
        self.workers = [Worker() for _ in range(workers)]

    def outcomes(self, function: Callable[[Any], Any], inputs: Sequence[Any]) -> list[Outcome]:
        waiting = deque(enumerate(inputs))
        found: dict[int, Outcome] = {}
        while len(found) < len(inputs):
            for worker in self.workers:
                if worker.task is None and waiting:
                    number, argument = waiting.popleft()
                    worker.give(number, function, argument)
            ready = connection.wait([worker.pipe for worker in self.workers])
            for worker in self.workers:
                if worker.pipe in ready:
                    found[worker.task] = worker.answer()  # STEP 3: and if there comes none any more?
                    worker.task = None
        return [found[number] for number in range(len(inputs))]

    def close(self) -> None:
        for worker in self.workers:  # STEP 5: one that is stopped does not go
            worker.process.terminate()
            worker.process.join()


class MyPool(adapter.Adapter):
    """What the suite needs to know."""

    name = "mypool"
    label = "my pool"
    operations = ("outcomes",)
    start_methods = ("fork",)

    def open(self, workers: int, start_method: str, **options: Any) -> Pool:
        return Pool(workers)

    def run(self, pool: Pool, operation: str, function: Any, inputs: Any, notice: Any) -> Iterator[adapter.Outcome]:
        for task, outcome in zip(inputs, pool.outcomes(function, inputs)):
            yield adapter.Outcome(task, *outcome)

    def start(self, pool: Pool, function: Any, inputs: Any, notice: Any, callback: Any = None) -> Any:
        found: list[Outcome] = []
        thread = threading.Thread(target=lambda: found.extend(pool.outcomes(function, inputs)), daemon=True)
        thread.start()
        return thread, found

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[adapter.Outcome]:
        started[0].join()
        yield from (adapter.Outcome(task, *outcome) for task, outcome in zip(inputs, started[1]))

    def finish(self, pool: Pool) -> None:
        pool.close()

    close = finish


POOL = MyPool()
