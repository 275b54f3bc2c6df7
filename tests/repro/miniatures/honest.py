"""A pool that does everything right: a process for each task, and each death told with its task and status.

The other miniatures are this one with one thing wrong. They run inside the interpreter under test, as real adapters do: standard
library, Python 3.8.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Iterator, Sequence

from .. import exits
from ..adapter import Adapter, Outcome


class Died(Exception):
    """The error of a task whose process has died."""


class Honest(Adapter):
    name = "miniature"
    label = "miniature"
    operations = ("call",)
    start_methods = ("fork",)
    requires = "os"

    def open(self, workers: int, start_method: str) -> Any:
        return None

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        for task, pid, reader in [(task, *self.start(function, task)) for task in inputs]:
            _pid, status = os.waitpid(pid, 0)
            answer = os.read(reader, 100)
            os.close(reader)
            if answer:
                yield from self.answered(task, int(answer))
            else:
                yield from self.died(task, exits._from_waitpid((pid, status), ())[1])

    def start(self, function: Callable[[int], int], task: int) -> tuple[int, int]:
        """A process for one task: its pid, and the pipe on which its answer comes."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 0
            try:
                os.write(writer, b"%d" % function(task))
            except SystemExit as error:
                status = error.code
            except BaseException:
                status = 99
            os._exit(status)
        os.close(writer)
        return pid, reader

    def answered(self, task: int, value: int) -> Iterator[Outcome]:
        """What the caller gets for a task that was done."""
        yield Outcome(task, value)

    def died(self, task: int, status: int) -> Iterator[Outcome]:
        """What the caller gets for a task whose process died."""
        yield Outcome(task, error=Died(f"task {task} died: {exits.name(status)}"))

    def close(self, pool: Any) -> None:
        pass


POOL = Honest()
