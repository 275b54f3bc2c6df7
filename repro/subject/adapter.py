"""What an adapter is: how a pool is opened, called and closed, and nothing about what it ought to do.

A new pool is one new file in ``pools/`` with a ``POOL``, and nothing else. What an adapter imports of its pool, it
imports inside its methods: the observer loads adapters, too, to know their names.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, Sequence

from .script import Wording, expand


class Outcome(NamedTuple):
    """What the caller got for one task.

    task: the input it belongs to, or None where the operation does not say (``imap_unordered``).
    value: the result, where there is no error.
    error: the exception that came in its place.
    """

    task: int | None
    value: Any = None
    error: BaseException | None = None


class Adapter:
    """One pool. Subclass it, and give the module an instance named ``POOL``.

    name: as on the command line and in the records; aliases: other names that the command line takes.
    label: the column's heading.
    operations: the calls that can be tested; the first is the default.
    has: what else it has that scenarios may need: ``initializer``, ``tasks_per_worker`` (its constructor takes one),
        ``callback`` (of a result or an error), ``terminate`` (closing it ends running tasks), ``futures``, ``time_limit``
        (of a task).
    start_methods: those that the pool can be told to use; ("",) where it has none of them, or one of its own.
    default_start_method: the one that it takes if it is not told any; "" for the interpreter's default.
    patience: how long the pool is known to need for what it does do, in seconds; the watchdog waits so much longer.
    requires: the module without which the pool is not there, "" where the suite brings it; project: the distribution
        that brings that module, "" for the standard library.
    script_imports: the imports that a program of ``repro script`` may need for the pool.
    script_class: what such a program calls the class, where the pool has one of the two standard interfaces; "" where it has
        not, or has lines of its own (``script``).
    script_options: what the constructor calls ``initializer``, ``tasks_per_worker`` and ``time_limit`` there, as far as it takes
        them; script_call_limit: what each call calls ``time_limit``, where the calls take it.
    not_with_fork: those of ``has`` that it has not with fork.
    """

    name = ""
    aliases: tuple[str, ...] = ()
    label = ""
    operations: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    start_methods: tuple[str, ...] = ("fork", "spawn", "forkserver")
    default_start_method = ""
    patience = 0.0
    requires = ""
    project = ""
    script_imports: tuple[str, ...] = ()
    script_class = ""
    script_options: dict[str, str] = {}  # noqa: RUF012
    script_call_limit = ""
    not_with_fork: tuple[str, ...] = ()

    def version(self) -> str:
        """The version of the pool in this interpreter; "" for a part of the standard library."""
        return ""

    def features(self, operation: str) -> tuple[str, ...]:
        """Those of ``has`` that a pool has which is opened for that call: all of them, but where a pool has two interfaces."""
        return self.has

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        """A new pool. options: what the scenario wants of ``initializer``, ``tasks_per_worker``, ``time_limit`` (seconds)."""
        raise NotImplementedError

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        """Make the call, and yield what the caller gets, when the caller gets it; raise what the call raises.

        notice: to be called as soon as the caller learns of an error, where that is before its outcome is looked at
            (an ``error_callback``, ``wait(return_when=FIRST_EXCEPTION)``).
        """
        raise NotImplementedError

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        """Start a task for each input without waiting for any. Returns what ``collect`` takes.

        callback: to be attached to every task, in the pool's own way.
        """
        raise NotImplementedError

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[Outcome]:
        """Wait for what was started, and yield what the caller gets."""
        raise NotImplementedError

    def finish(self, pool: Any) -> None:
        """End the pool when its tasks are done."""
        raise NotImplementedError

    def close(self, pool: Any) -> None:
        """End the pool as leaving its ``with`` block does."""
        raise NotImplementedError

    def wording(self, operation: str, time_limit: float | None = None) -> Wording | None:
        """How a program writes this pool, for a call of it; None where it has none of the two standard interfaces.

        time_limit: that a task may have, in seconds; None for none. Raises NotImplementedError where a program can't say it.
        """
        return None

    def script(self, operation: str) -> Sequence[str]:
        """The lines, inside ``if __name__ == "__main__":``, of a program that calls ``worker`` with ``[1, 2, 3]``."""
        wording = self.wording(operation)
        if wording is None:
            raise NotImplementedError
        return expand(wording.program("POOL(3)", "[1, 2, 3]"), wording).splitlines()

    def limits(self, time_limit: float | None) -> tuple[str, str]:
        """How a time limit is said in a program: to the constructor, and with each call. As ``wording``."""
        if time_limit is None:
            return "", ""
        if self.script_call_limit:
            return "", f"{self.script_call_limit}={time_limit:g}"
        if "time_limit" in self.script_options:
            return f"{self.script_options['time_limit']}={time_limit:g}", ""
        raise NotImplementedError("a time limit")


START_METHODS = ("fork", "spawn", "forkserver")
