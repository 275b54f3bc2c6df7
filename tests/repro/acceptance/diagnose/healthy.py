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
    python: Interpreter


def several(python: Interpreter) -> list[Slow]:
    """Every program of a Python."""
    names = [one.__name__ for one in (*slow.TASKS, *slow.PROGRAMS)]
    return [Slow(name, pool, python) for name in names for pool in (right.POOL, right.EXECUTOR)]


def one(run: Run, what: Slow) -> None:
    """Ask about one program. Raises RuntimeError for one that ends."""
    command = [what.python.path]
    pool = what.pool.rpartition(".")[2]
    text = f"import sys\nsys.argv[1:] = {[pool, what.scenario]}\n{Path(slow.__file__).read_text()}"
    program = programs.Program(command, text, run.folder(), run.temporary, alone=True, may_compute=True)
    try:
        until = time.monotonic() + BEGINS_WITHIN
        while "ready" not in program.read("output"):
            if program.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{what.scenario} in {pool} of {what.python.version}: {program.read('errors')}")
            time.sleep(programs.LOOK_EVERY)
        time.sleep(THEN)
        fields = {"scenario": what.scenario, "pool": what.pool, "python": what.python.version}
        processes.members(processes.scan(), program.process.pid, program.known)
        run.tell(program.process.pid, f"{what.scenario}_{pool}_{what.python.version}", fields)
        if program.process.poll() is not None:
            raise RuntimeError(
                f"{what.scenario} in {pool} of {what.python.version} has ended: {program.read('errors')}"
            )
    finally:
        run.end(program)


if __name__ == "__main__":
    sys.exit(work(sys.argv[1:], several, one, tables.verdict_when_well))
