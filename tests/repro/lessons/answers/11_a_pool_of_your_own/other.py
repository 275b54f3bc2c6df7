"""The same promises by other means: a thread for each worker, which alone talks to it, and queues between them."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    value: Any = None
    error: BaseException | None = None


class WorkerDied(Exception):
    pass


def serve(pipe: Any) -> None:
    while True:
        function, argument = pipe.recv()
        try:
            answer = Outcome(function(argument), None)
        except Exception as error:
            answer = Outcome(None, error)
        try:
            pipe.send(answer)
        except Exception as error:
            pipe.send(Outcome(None, TypeError(str(error))))


class Keeper(threading.Thread):
    """Keeps one worker, and takes tasks for it from a queue that all keepers share: keepers are threads, and do not die."""

    def __init__(self, tasks: Any) -> None:
        super().__init__(daemon=True)
        self.tasks = tasks
        self.closing = False
        self.hire()
        self.start()

    def hire(self) -> None:
        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,))
        self.process.start()
        theirs.close()

    def has_ended(self) -> bool:
        """Leaves the status where it is."""
        try:
            return os.waitid(os.P_PID, self.process.pid or 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def run(self) -> None:
        for number, function, argument, answers in iter(self.tasks.get, None):
            if self.has_ended() and not self.closing:
                self.replace()
            answers.put((number, self.one(function, argument)))
        self.closing = True

    def one(self, function: Callable[[Any], Any], argument: Any) -> Outcome:
        try:
            self.pipe.send((function, argument))
            while True:
                ended = self.has_ended()
                if self.pipe.poll(0 if ended else 0.02):
                    return self.pipe.recv()
                if ended:
                    break
        except (EOFError, OSError):
            pass
        self.process.join()
        status = self.process.exitcode or 0
        if not self.closing:
            self.replace()
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return Outcome(None, WorkerDied(f"it ended: {how}"))

    def replace(self) -> None:
        self.process.join()
        self.pipe.close()
        self.hire()


class Pool:
    def __init__(self, workers: int) -> None:
        self.tasks: Any = queue.SimpleQueue()
        self.keepers = [Keeper(self.tasks) for _ in range(workers)]

    def outcomes(self, function: Callable[[Any], Any], inputs: Sequence[Any]) -> list[Outcome]:
        answers: Any = queue.SimpleQueue()
        for number, argument in enumerate(inputs):
            self.tasks.put((number, function, argument, answers))
        return [outcome for _, outcome in sorted((answers.get() for _ in inputs), key=lambda pair: pair[0])]

    def close(self) -> None:
        for keeper in self.keepers:
            keeper.closing = True
            self.tasks.put(None)
            keeper.process.kill()
        for keeper in self.keepers:
            keeper.process.join()
