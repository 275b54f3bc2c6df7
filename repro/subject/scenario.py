"""What a scenario is: a fault, the work around it, and what there is to know about it.

A new scenario is one new file in ``scenarios/`` with a ``SCENARIO``, and nothing else.
"""

from __future__ import annotations

import time
from typing import Any, Callable, Iterable, Iterator, Sequence

from . import cell, events
from .adapter import Outcome
from .rendezvous import await_started
from .script import Script

#: What a task of a scenario that is not the faulty one takes, in seconds: long enough that the fault hits while others
#: run and others still wait, short enough that a whole run stays short.
WORK = 0.1


class UnsupportedError(Exception):
    """Raised by a scenario or an adapter for what can't be done here; the message says why. The cell is ``unsupported``."""


class Scenario:
    """One way in which a worker can fail. Subclass it, and give the module an instance named ``SCENARIO``.

    name: as on the command line.
    title: what happens, in a few words: the row's heading.
    dies, sees, why, where, instead: the prose: what dies; what the caller sees; why; where in CPython's source, with
        issue numbers; what to do instead.
    references: CPython issues as ``gh-NUMBER`` and other sources.
    tags: for ``--tag``.
    inputs: the tasks' inputs; each task returns its input.
    faulty: the input whose task has the fault, or None where there is none (a control).
    status: the status with which the worker ends if it dies of the fault: an exit code, or minus a signal's number.
    kills: whether the fault ends the process by itself, whatever the pool does. ``sys.exit`` does not: it is an
        exception, which a pool may catch.
    fires: whether there is a fault; where it hits no task (an idle worker, a shutdown), ``faulty`` is None.
    needs: what a pool must have for the scenario to make sense (``Adapter.has``).
    operation: the call that the scenario is about, where a pool has it; "" for the pool's default.
    start_methods: those with which the scenario makes sense.
    collects: whether the caller asks for its results at all.
    interrupts: whether the fault is Ctrl-C: KeyboardInterrupt in the caller is the right answer to that, and its end.
    time_limit: the time that a task may take, in seconds, told to pools that have such a limit; None for none.
    workers: how many workers the pool is made with, where the scenario is about that; None for as many as usual.
    patience: so many seconds more than the run's deadline the cell needs, where a pool's answer has a bound that is longer.
    entry: the module that is the cell's program; ``program`` but for scenarios of programs written wrongly.
    script: what ``repro script`` makes a program of, which shows it by itself; None where nobody has written it.
    """

    name = ""
    title = ""
    dies = sees = why = where = instead = ""
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    inputs: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    faulty: int | None = 3
    status: int | None = None
    kills = True
    fires = True
    needs: tuple[str, ...] = ()
    operation = ""
    start_methods: tuple[str, ...] = ("fork", "spawn", "forkserver")
    collects = True
    interrupts = False
    time_limit: float | None = None
    workers: int | None = None
    patience = 0.0
    entry = "program"
    script: Script | None = None

    def fire(self) -> None:
        """Do it. Runs in the worker, in the middle of the faulty task."""
        raise NotImplementedError

    def before_open(self) -> None:
        """What happens in the parent before the pool is made."""

    def options(self) -> dict[str, Any]:
        """What the pool is made with: ``initializer``, ``tasks_per_worker``. A scenario that uses one needs it."""
        return {}

    def callback(self, result: Any) -> None:
        """Called by the pool with a future, a result or an error, where ``drive`` asks ``start`` for callbacks."""

    def argument(self, number: int) -> Any:
        """What is sent for a task: its input, or an ``int`` of a class of the scenario's own."""
        return number

    def function(self) -> Callable[[int], int]:
        """What the pool is to call for every task."""
        from . import task  # which imports this module

        return task.worker

    def pool_size(self) -> int:
        """How many workers the pool of this cell is made with."""
        return self.workers or cell.current().workers

    def drive(self, steps: Any) -> None:
        """The program after the pool was made, step by step. steps: a ``program.Steps``."""
        steps.call()
        steps.use_again()
        steps.close()

    def script_here(self, oom_group: str | None, limit_file: str | None) -> Script | None:
        """``script``, where it depends on the machine.

        oom_group: the path of a memory cgroup that can be made here, limit_file: the file in it that takes the limit; None
        where none can be made.
        """
        return self.script

    def work(self, number: int) -> int:
        """The body of a task. number: its input, which it returns."""
        if number == self.faulty:
            self.await_neighbours()
            events.emit("fault", task=number)
            self.fire()
            events.emit("fault-survived", task=number)
        else:
            time.sleep(WORK)
        return number

    def await_neighbours(self) -> None:
        """Wait until the tasks before the faulty one have started: the fault is to hit while others run."""
        await_started(self.inputs[: self.inputs.index(self.faulty or 0)])


def require_shutdown(pool: Any, *options: str) -> None:
    """Raise UnsupportedError where ``pool.shutdown`` does not take these options."""
    import inspect  # slow to import, and every process of every cell imports this module

    shutdown = getattr(pool, "shutdown", None)
    parameters = inspect.signature(shutdown).parameters if shutdown else {}
    missing = [name for name in options if name not in parameters]
    if missing:
        raise UnsupportedError(f"the shutdown() of this pool has no {', '.join(missing)} here")


def handles(started: Any) -> Sequence[Any]:
    """The handles of the tasks (futures, ``AsyncResult``) in what ``start`` returned."""
    return started[1] if isinstance(started, tuple) else started  # type: ignore[no-any-return]


def ask(handle: Any, timeout: float | None = None) -> Any:
    """What the task of a handle returned, or raised: a future's, or an ``AsyncResult``'s. timeout: in seconds."""
    return (handle.result if hasattr(handle, "result") else handle.get)(timeout)


def one_by_one(
    pool: Any, operation: str, function: Callable[[int], int], numbers: Iterable[int], inputs: Sequence[int]
) -> Iterator[Outcome]:
    """Make the pool's call that gives its results one by one, at once, and return what comes of it: ``imap_unordered`` where
    that is the operation, or ``imap``, or an executor's ``map``. The first error ends it, as it ends a ``for`` loop.

    numbers: what the pool is given; inputs: what is in it. Raises UnsupportedError where the pool has no such call.
    """
    name = operation if operation == "imap_unordered" else "imap"
    call = getattr(pool, name, None) or getattr(pool, "map", None)
    if call is None:
        raise UnsupportedError("this pool has no call that takes an iterable and gives its results one by one")
    return _outcomes([None] * len(inputs) if name == "imap_unordered" else inputs, call(function, numbers))


def _outcomes(tasks: Sequence[int | None], results: Any) -> Iterator[Outcome]:
    if hasattr(results, "result"):  # pebble's map gives a future of them, which is asked when they are wanted
        results = results.result()
    for task, value in zip(tasks, results):
        yield Outcome(task, value)
