"""Start programs that are only slow, or wait, or idle, ask ``repro diagnose`` about each, and write that down: none is stuck.

``python -m tests.repro.acceptance.diagnose.healthy FILE [--python VERSION|PATH]... [--scenario NAME]...``, as root; as ``matrix``
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from repro.plan.interpreters import Interpreter
from repro.tree import processes
from tests.repro import programs
from tests.repro.acceptance.diagnose import right, slow, tables
from tests.repro.acceptance.diagnose.matrix import Run, work

#: So long a program may take to begin, and so long after that it is asked about, in seconds.
BEGINS_WITHIN, THEN = 30.0, 1.0


@dataclass(frozen=True)
class Slow:
    """A program. scenario: what of ``slow`` it runs."""

    scenario: str
    pool: str
    start_method: str
    python: Interpreter

    def __str__(self) -> str:
        return f"{self.scenario} in {self.pool} ({self.start_method}) of {self.python.version}"


#: Those of which workers that were not forked are tried, too: one of each kind of place where a program may be.
NOT_FORKED = (
    slow.computes,
    slow.sleeps,
    slow.naps,
    slow.runs_command,
    slow.shares_lock,
    slow.idles,
    slow.new,
    slow.serves,
)
NOT_FORKED += (slow.counts, slow.generator, slow.callback, slow.awaits_signal, slow.has_lock)
NOT_FORKED += (slow.limited, slow.anew, slow.processes, slow.managed)


def several(python: Interpreter) -> list[Slow]:
    """Every program of a Python."""
    methods = {one.__name__: ["fork"] for one in (*slow.TASKS, *slow.PROGRAMS)}
    for one in NOT_FORKED:
        methods[one.__name__] += ["spawn", "forkserver"]
    pools = (right.POOL, right.EXECUTOR)
    return [Slow(name, pool, method, python) for name in methods for pool in pools for method in methods[name]]


def one(run: Run, what: Slow) -> None:
    """Ask about one program. Raises RuntimeError for one that ends."""
    with run.alone(what.scenario):
        try:
            _ask(run, what)
        finally:
            if what.scenario in programs.SHARING:
                programs.remove_group()


def _ask(run: Run, what: Slow) -> None:
    pool = what.pool.rpartition(".")[2]
    arguments = [pool, what.scenario, what.start_method]
    if what.scenario == slow.thrashes.__name__:
        group = programs.oom_group()
        if group is None:
            raise RuntimeError(f"{what} needs a memory cgroup, and none can be made here")
        arguments += group
    text = f"import sys\nsys.argv[1:] = {arguments}\n{Path(slow.__file__).read_text()}"
    program = programs.Program([what.python.path], text, run.folder(), run.temporary, alone=True, may_compute=True)
    try:
        until = time.monotonic() + BEGINS_WITHIN
        while "ready" not in program.read("output"):
            if program.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{what}: {program.read('errors')}")
            time.sleep(programs.LOOK_EVERY)
        time.sleep(THEN)
        fields = {"scenario": what.scenario, "pool": what.pool, "start_method": what.start_method}
        processes.members(processes.scan(), program.process.pid, program.known)
        name = f"{what.scenario}_{pool}_{what.start_method}_{what.python.version}"
        run.tell(program.process.pid, name, {**fields, "python": what.python.version})
        if program.process.poll() is not None:
            raise RuntimeError(f"{what} has ended: {program.read('errors')}")
    finally:
        run.end(program)


if __name__ == "__main__":
    sys.exit(work(sys.argv[1:], several, one, tables.verdict_when_well))
