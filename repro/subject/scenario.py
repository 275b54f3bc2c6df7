"""What a scenario is: a fault, the work around it, and what there is to know about it.

A new scenario is one new file in ``scenarios/`` with a ``SCENARIO``, and nothing else.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from . import cell, events

#: What a task of a scenario that is not the faulty one takes, in seconds: long enough that the fault hits while others
#: run and others still wait, short enough that a whole run stays short.
WORK = 0.1

#: How long the faulty task waits for its neighbours to start, in seconds. A pool with fewer workers than it was asked
#: for never starts them; the fault fires then all the same.
NEIGHBOURS_START_WITHIN = 2.0


class ScriptParts(NamedTuple):
    """imports: lines; fault: lines of the worker; globals: lines above it; prepare: lines before the pool is made; note: a
    remark for the heading."""

    imports: tuple[str, ...]
    fault: tuple[str, ...]
    globals: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    note: str = ""


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
    script: the lines of the fault in ``repro script``'s program; script_imports: what they need.
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
    script: tuple[str, ...] = ()
    script_imports: tuple[str, ...] = ()

    def fire(self) -> None:
        """Do it. Runs in the worker, in the middle of the faulty task."""
        raise NotImplementedError

    def script_parts(self, oom_group: str | None, limit_file: str | None) -> ScriptParts:
        """The parts of ``repro script``'s program that are the scenario's own.

        oom_group: the path of a memory cgroup that can be made here, limit_file: the file in it that takes the limit; None
        where none can be made.
        """
        return ScriptParts(self.script_imports, self.script)

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
        here = cell.current()
        waiting = [here.path(started_name(n)) for n in self.inputs[: self.inputs.index(self.faulty or 0)]]
        deadline = time.monotonic() + NEIGHBOURS_START_WITHIN
        while waiting and time.monotonic() < deadline:
            waiting = [path for path in waiting if not os.path.exists(path)]
            time.sleep(0.001)


def started_name(number: int) -> str:
    """The file that says, inside the cell's directory, that the task with this input has started."""
    return f"started-{number}"
