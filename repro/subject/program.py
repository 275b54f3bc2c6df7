"""The program of one cell: open the pool, make the call, use the pool again, close it. Every step leaves an event.

Only ``Exception`` is caught, as in a user's program: what goes past that (``SystemExit``, ``KeyboardInterrupt``) leaves the
``with`` block, which closes the pool, and ends this process as it would end theirs.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any, Callable, Iterable, Iterator, Sequence

from . import autopsy, cell, events, loading, task
from .adapter import Adapter, Outcome
from .rendezvous import WARM_UP_INPUTS, worker_of
from .scenario import Scenario, UnsupportedError, ask, handles

#: The inputs of the call that asks whether the pool still works.
REUSE_INPUTS = (101, 102)


class Steps:
    """The steps of the program, for a scenario to put in order: ``Scenario.drive``. Each announces itself."""

    def __init__(self, adapter: Adapter, scenario: Scenario) -> None:
        self.adapter = adapter
        self.scenario = scenario
        self.operation = cell.current().operation
        self.pool: Any = None

    def open(self) -> None:
        """Make the pool."""
        here = cell.current()
        events.emit("phase", phase="open")
        self.scenario.before_open()
        self.pool = self.adapter.open(self.scenario.pool_size(), here.start_method, **self._options())
        autopsy.prepare(self._use_again, lambda: self.adapter.close(self.pool))

    def warm_up(self) -> list[int]:
        """Let every worker run a task at the same time, and return their pids. The workers are idle then."""
        events.emit("phase", phase="warm-up")
        inputs = range(WARM_UP_INPUTS, WARM_UP_INPUTS + self.scenario.pool_size())
        list(self.adapter.run(self.pool, self.adapter.operations[0], task.warm_up, inputs, lambda error: None))
        workers = [worker_of(number) for number in inputs]
        if os.getpid() in workers:
            raise UnsupportedError("this pool runs its tasks in the caller's process")
        return workers

    def call(self, operation: str = "") -> None:
        """The call under test. operation: another one than the cell's, where the scenario is about that."""
        events.emit("phase", phase="call")
        function, name = self.scenario.function(), operation or self.operation
        self.attempt(lambda: self.adapter.run(self.pool, name, function, self._arguments(), self._notice))

    def start(self, callbacks: bool = False) -> Any:
        """Start every task, and wait for none. Returns what ``collect`` takes. callbacks: attach the scenario's, for results and
        for errors."""
        events.emit("phase", phase="start")
        callback = self.scenario.callback if callbacks else None

        def notice(error: BaseException) -> None:
            self._notice(error)
            if callback:
                callback(error)

        return self.adapter.start(self.pool, self.scenario.function(), self._arguments(), notice, callback)

    def collect(self, started: Any) -> None:
        """Wait for what ``start`` started."""
        events.emit("phase", phase="call")
        self.attempt(lambda: self.adapter.collect(started, self.scenario.inputs))

    def collect_each(self, started: Sequence[Any], timeout: float | None = None) -> None:
        """Ask the handle of each task for its result, and nothing else: the pool may be gone. timeout: for each, in seconds."""
        events.emit("phase", phase="call")
        self.attempt(lambda: _each(handles(started), self.scenario.inputs, timeout))

    def attempt(self, make: Callable[[], Iterable[Outcome]]) -> None:
        """Make a call, and record what the caller gets. make: gives the outcomes, one by one; raises what the call raises."""
        try:
            for outcome in make():
                deliver(outcome)
        except Exception as error:
            events.emit("raised", t=time.monotonic_ns(), error=events.describe(error))
        except BaseException as error:
            events.emit("leaving", t=time.monotonic_ns(), error=events.describe(error))
            raise
        else:
            events.emit("returned")

    def use_again(self) -> None:
        """Is the pool still usable? Two tasks without a fault."""
        events.emit("phase", phase="reuse")
        self._use_again()

    def finish(self) -> None:
        """End the pool when its tasks are done: ``close(); join()``, ``shutdown(wait=True)``."""
        events.emit("phase", phase="finish")
        self.adapter.finish(self.pool)

    def close(self) -> None:
        """End the pool as leaving its ``with`` block does."""
        events.emit("phase", phase="end")
        self.adapter.close(self.pool)

    def _options(self) -> dict[str, Any]:
        options = self.scenario.options()
        if self.scenario.time_limit is not None and "time_limit" in self.adapter.has:
            options["time_limit"] = self.scenario.time_limit
        return options

    def _arguments(self) -> Sequence[Any]:
        return [self.scenario.argument(number) for number in self.scenario.inputs]

    def _notice(self, error: BaseException) -> None:
        events.emit("noticed", error=type(error).__name__)

    def _use_again(self) -> None:
        try:
            outcomes = list(
                self.adapter.run(self.pool, self.adapter.operations[0], task.plain, REUSE_INPUTS, lambda error: None)
            )
        except Exception as error:
            events.emit("reused", ok=False, error=events.describe(error))
        else:
            # in any order: the call may be one that gives them as they come
            got = sorted(repr(outcome.value) for outcome in outcomes)
            events.emit("reused", ok=got == sorted(map(repr, REUSE_INPUTS)))


def _each(started: Sequence[Any], inputs: Sequence[int], timeout: float | None) -> Iterator[Outcome]:
    """The outcome of each handle: a future, or an ``AsyncResult``."""
    for number, handle in zip(inputs, started):
        try:
            yield Outcome(number, ask(handle, timeout))
        except Exception as error:
            yield Outcome(number, error=error)


def deliver(outcome: Outcome) -> None:
    """Record what the caller got for one task."""
    now = time.monotonic_ns()
    number = None if outcome.task is None else int(outcome.task)
    if outcome.error is None:
        events.emit("delivered", t=now, task=number, value=outcome.value)
    else:
        events.emit("failed", t=now, task=number, error=events.describe(outcome.error))


def main() -> None:
    here = cell.current()
    no_core_files()
    # A shell that starts the suite in the background has SIGINT ignored, and that is inherited; a user's program has Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    adapter = loading.pool(here.pool_file)
    scenario = loading.scenario(here.scenario_file)
    events.emit("begin", python=sys.version.split()[0], pool_version=adapter.version())
    steps = Steps(adapter, scenario)
    try:
        run(steps)
    except UnsupportedError as error:
        events.emit("unsupported", reason=str(error))
    events.emit("phase", phase="exit")
    with open(here.path("finished"), "w"):  # what a scenario left running on purpose ends when it sees this
        pass
    events.emit("end")  # the positive end marker: without it, no cell has ended well


def bare() -> None:
    """The pool and the call, with nothing around them: what a worker does that was given no ``__main__`` guard to stop at."""
    here = cell.current()
    adapter = loading.pool(here.pool_file)
    pool = adapter.open(here.workers, here.start_method)
    list(
        adapter.run(pool, here.operation, task.worker, loading.scenario(here.scenario_file).inputs, lambda error: None)
    )


def run(steps: Steps) -> None:
    """The scenario's program around a pool, which is closed whatever happens, as ``with`` does."""
    try:
        steps.open()
    except UnsupportedError:
        raise
    except Exception as error:  # no pool: all that the caller gets is this
        events.emit("raised", t=time.monotonic_ns(), error=events.describe(error))
        return
    try:
        steps.scenario.drive(steps)
    except BaseException as error:
        if isinstance(error, UnsupportedError):  # now: what is left of the pool may take its time to end
            events.emit("unsupported", reason=str(error))
        steps.close()
        raise


def no_core_files() -> None:
    """A crash is wanted here, a file of a gigabyte for each is not."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
