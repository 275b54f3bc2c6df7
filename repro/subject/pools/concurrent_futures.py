"""``concurrent.futures.ProcessPoolExecutor`` (Lib/concurrent/futures/process.py)."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import FIRST_EXCEPTION, wait
from typing import Any, Callable, Iterator, Sequence

from ..adapter import Adapter, Outcome
from ..scenario import UnsupportedError
from ..script import ExecutorWording, Wording


class ExecutorInterface(Adapter):
    """The operations of ``concurrent.futures.Executor``, for every pool that has its interface."""

    operations: tuple[str, ...] = ("submit", "map")
    #: How its programs are written.
    script_wording: type[Wording] = ExecutorWording

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        if operation == "map":
            # a generator: the first error ends it, and the results after it are out of reach
            for task, value in zip(inputs, pool.map(function, inputs)):
                yield Outcome(task, value)
            return
        # The way out that the project began with: submit each, wait, look at each exception(), raise if there is one.
        # That the first wait returns at the first error says when the caller could know.
        futures = self.start(pool, function, inputs, notice)
        for future in wait(futures, return_when=FIRST_EXCEPTION).done:
            error = future.exception()
            if error is not None:
                notice(error)
        yield from self.collect(futures, inputs)

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        futures = [pool.submit(function, task) for task in inputs]
        for future in futures if callback else []:
            future.add_done_callback(callback)
        return futures

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[Outcome]:
        wait(started)
        errors = []
        for task, future in zip(inputs, started):
            error = future.exception()
            if error is None:
                yield Outcome(task, future.result())
            else:
                errors.append(error)
                yield Outcome(task, error=error)
        if errors:
            raise errors[0]

    def finish(self, pool: Any) -> None:
        pool.shutdown(wait=True)

    def close(self, pool: Any) -> None:
        pool.shutdown(wait=True)

    def wording(self, operation: str, time_limit: float | None = None) -> Wording | None:
        if not self.script_class:
            return None
        return self.script_wording(self.script_class, operation, self.script_options, *self.limits(time_limit))


class ConcurrentFuturesExecutor(ExecutorInterface):
    name = "concurrent.futures.ProcessPoolExecutor"
    aliases = ("ProcessPoolExecutor",)
    label = "ProcessPoolExecutor"
    has = ("initializer", "tasks_per_worker", "callback", "futures")
    requires = "concurrent.futures.process"
    script_imports = ("from concurrent.futures import ProcessPoolExecutor, wait",)
    script_class = "ProcessPoolExecutor"
    script_options = {"initializer": "initializer", "tasks_per_worker": "max_tasks_per_child"}  # noqa: RUF012
    not_with_fork = ("tasks_per_worker",)

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        from concurrent.futures import ProcessPoolExecutor

        if "tasks_per_worker" in options and (sys.version_info < (3, 11) or start_method == "fork"):
            raise UnsupportedError("ProcessPoolExecutor has max_tasks_per_child from Python 3.11 on, and not with fork")
        limit = {"max_tasks_per_child": options["tasks_per_worker"]} if "tasks_per_worker" in options else {}
        context = multiprocessing.get_context(start_method)
        return ProcessPoolExecutor(workers, mp_context=context, initializer=options.get("initializer"), **limit)


POOL = ConcurrentFuturesExecutor()
