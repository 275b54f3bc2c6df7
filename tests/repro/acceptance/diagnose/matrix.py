"""Hang every program of ``repro script`` that is known to hang, ask ``repro diagnose`` what is wrong, and write that down.

``python -m tests.repro.acceptance.diagnose.matrix FILE [--python VERSION|PATH]... [--scenario NAME]... [--keep FOLDER]``, as root

Each program is left until nothing of it runs any more, or it has computed for long; then it is asked about in each mode, and
killed. FILE gets a line for each diagnosis, as soon as there is one; those that are there already are not asked for again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from repro.plan import catalogue, interpreters, matrix
from repro.plan.interpreters import Interpreter
from repro.report import script
from repro.tree import processes
from repro.verdicts.expectations import expected
from repro.verdicts.judge import Verdict
from tests.repro import programs
from tests.repro.acceptance.diagnose import asking, right, tables

#: What is said of a program that did not hang this time: some do by chance only.
ENDED = "did not hang"
#: How often such a program is started.
ATTEMPTS = 3
#: The oldest Python of which the suite knows what hangs; the programs run in older ones, too.
OLDEST_KNOWN = "3.8.18"
#: What names a program, in a record.
CELL = ("scenario", "pool", "start_method", "python")
HANGS = {Verdict.HANG, Verdict.LIVELOCK}
#: How long a program may take to settle, in seconds; and before 3.8, where a thread of Pool looks after the workers ten times a
#: second, for ever. No program does anything new after some seconds.
SETTLES_WITHIN, SETTLES_OLD_WITHIN = 60.0, 8.0


@dataclass(frozen=True)
class Hanging:
    """A program that is known to hang."""

    scenario: str
    pool: str
    operation: str
    start_method: str
    python: Interpreter
    computes: bool

    def __str__(self) -> str:
        return (
            f"{self.scenario}_{self.pool.rpartition('.')[2]}_{self.operation}_{self.start_method}_{self.python.version}"
        )

    @property
    def text(self) -> str:
        oom = programs.oom_group() if self.scenario == "oom" else None
        entry, pool = catalogue.scenarios()[self.scenario], catalogue.pools()[self.pool]
        return script.render(entry, pool, self.operation, None, self.python, oom)


def hanging(python: Interpreter) -> list[Hanging]:
    """Every program of the two standard pools that may hang in a Python."""
    found = []
    for entry in catalogue.scenarios().values():
        for pool in (catalogue.pools()[name] for name in (right.POOL, right.EXECUTOR)):
            operation = matrix.operations_of(entry, pool)[0]
            made = entry.scenario.script_here(None, None)
            if made is None or script.why_not(entry.scenario, made, pool.adapter, operation):
                continue
            method = script.telling_method(entry.scenario, made, pool.adapter, python)
            version = python.version if python.release >= (3, 8) else OLDEST_KNOWN
            known = expected(entry.name, pool.name, operation, method, version)
            if known is not None and HANGS & set(known.verdicts):
                computes = Verdict.LIVELOCK in known.verdicts
                found.append(Hanging(entry.name, pool.name, operation, method, python, computes))
    return found


def python_of(pattern: str) -> Interpreter:
    """An interpreter, by its version or its path; one that is too old for the suite, too."""
    found, *_ = interpreters.select([pattern])
    if found.version and not found.problem:
        return found
    done = subprocess.run(
        [found.path, "-c", "import platform; print(platform.python_version())"], stdout=subprocess.PIPE, check=True
    )
    return replace(interpreters.current(), path=found.path, version=done.stdout.decode().strip(), problem=None)


#: What is done with a program while it hangs.
Then = Callable[[Hanging, programs.Program], None]


class Run:
    """Asks about programs, several at once, and writes down each answer."""

    def __init__(self, file: Path, temporary: Path, keep: Path | None, judge: Callable[[dict[str, Any]], str]) -> None:
        self.file, self.temporary, self.keep, self.judge = file, temporary, keep, judge
        self.number = 0
        self.lock = threading.Lock()
        self.sharing = {name: threading.Lock() for name in programs.SHARING}

    def done(self) -> set[tuple[str, ...]]:
        """What is in the file already."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return {tuple(json.loads(line)[name] for name in CELL) for line in lines}

    def alone(self, scenario: str) -> threading.Lock:
        """What a program has as long as it shares something that only one may have."""
        return next((lock for name, lock in self.sharing.items() if scenario.startswith(name)), threading.Lock())

    def one(self, what: Hanging, then: Then | None = None) -> None:
        """Hang a program and ask about it. then: what is done instead, while it hangs."""
        with self.alone(what.scenario):
            for _ in range(ATTEMPTS):
                if self.hung(what, then or self.ask):
                    return
        self.write({**fields(what), "mode": "", "diagnosis": ENDED})

    def folder(self) -> Path:
        """A new one; it is not there yet."""
        with self.lock:
            self.number += 1
            return self.temporary / str(self.number)

    def end(self, program: programs.Program) -> None:
        """Of a program, and of all that it has started."""
        processes.members(processes.scan(), program.process.pid, program.known)
        program.end()
        left = processes.members(processes.scan(), program.process.pid, program.known)
        processes.reap(one for one in left if one.pid != program.process.pid)

    def hung(self, what: Hanging, then: Then) -> bool:
        """Run it once; whether it has hung, and something was done then."""
        program = programs.Program(
            [what.python.path], what.text, self.folder(), self.temporary, alone=True, may_compute=what.computes
        )
        try:
            old = what.python.release < (3, 8)
            until = time.monotonic() + (SETTLES_OLD_WITHIN if old else SETTLES_WITHIN)
            while not program.settled(processes.scan()) and time.monotonic() < until:
                time.sleep(programs.LOOK_EVERY)
            if program.process.poll() is not None:
                return False
            then(what, program)
            return True
        finally:
            self.end(program)
            if what.scenario == "oom":
                programs.remove_group()

    def ask(self, what: Hanging, program: programs.Program) -> None:
        self.tell(program.process.pid, str(what), fields(what))

    def tell(self, pid: int, name: str, fields: dict[str, str]) -> None:
        """Ask about a program in each mode, and write down the answers. name: of its snapshots, where they are kept."""
        for mode, answer in asking.ask(pid, self.keep / name if self.keep else None).items():
            told = {name: answer[name] for name in ("diagnosis", "certainty")}
            self.write({**fields, "mode": mode, **told, "seconds": answer["took"]})

    def write(self, record: dict[str, Any]) -> None:
        with self.lock, self.file.open("a") as file:
            file.write(json.dumps(record) + "\n")
        if record["mode"]:
            print(f"{self.judge(record):12}", *record.values(), flush=True)


def fields(what: Hanging) -> dict[str, str]:
    names = ("scenario", "pool", "operation", "start_method")
    return {**{name: getattr(what, name) for name in names}, "python": what.python.version}


def main(arguments: list[str]) -> int:
    return work(arguments, hanging, Run.one, tables.verdict)


def work(
    arguments: list[str],
    several: Callable[[Interpreter], Sequence[Any]],
    one: Callable[[Run, Any], None],
    judge: Callable[[dict[str, Any]], str],
) -> int:
    """The command. several: the programs of a Python. one: asks about one of them. judge: of a record, in a word."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--python", action="append", default=[], help="a version or a path; several times")
    parser.add_argument("--scenario", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=3, help="how many programs at once (3)")
    parser.add_argument("--keep", type=Path, help="a folder for the snapshots, which anybody may write to")
    told = parser.parse_args(arguments)
    processes.adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(told.jobs) as threads:
        run = Run(told.file, Path(temporary), told.keep, judge)
        done = run.done()
        wanted = [what for python in told.python or ["current"] for what in several(python_of(python))]
        wanted = [what for what in wanted if what.scenario in told.scenario or not told.scenario]
        wanted = [
            what for what in wanted if (what.scenario, what.pool, what.start_method, what.python.version) not in done
        ]
        for answer in [threads.submit(one, run, what) for what in wanted]:
            try:
                answer.result()
            except Exception as error:  # of one program; the others go on
                print(f"no answer: {error!r}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
