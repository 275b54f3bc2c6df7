"""Each script is a complete program that does what its heading says. All of them are run."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from repro.observer import cgroup
from repro.plan import catalogue, interpreters
from repro.report import script
from repro.tree import processes
from repro.verdicts.expectations import expected
from repro.verdicts.judge import Verdict
from tests.repro import lab

#: What a program that never ends must have shown before it counts as one: so many looks in a row in which no thread of it ran.
QUIET_LOOKS = 15
LOOK_EVERY = 0.1
#: How many programs may work at once, besides those that wait.
AT_ONCE = 4


class Name(NamedTuple):
    scenario: str
    pool: str
    operation: str

    def __str__(self) -> str:
        return "-".join([self.scenario, self.pool.split(".")[-1], self.operation])


NAMES = [
    Name(scenario, pool.name, operation)
    for scenario in lab.BARE
    for pool in catalogue.default_pools()
    for operation in pool.adapter.operations
] + [Name("stop-iteration", "multiprocessing.Pool", "map")]


@dataclass
class Ran:
    """A program that was run. status: its exit status, or None if it was still there, and quiet, at the end."""

    text: str
    status: int | None
    output: str
    errors: str


class Program:
    """One script, running: in a session of its own, its output in files."""

    def __init__(self, name: Name, folder: Path) -> None:
        self.name = name
        self.folder = folder / str(name)
        self.folder.mkdir()
        self.text = rendered(name)
        (self.folder / "program.py").write_text(self.text)
        # complete: on a machine that has the pool, and nothing of this suite
        changes = {} if name.pool == "safepool" else {"PYTHONPATH": None}
        with (self.folder / "output").open("wb") as output, (self.folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "program.py"],
                cwd=self.folder,
                env=lab.environment(changes),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        self.known: dict[int, int] = {}
        self.activity: object = None
        self.quiet = 0

    def look(self, everyone: dict[int, processes.Process]) -> Ran | None:
        """What became of it, once that is known."""
        tree = processes.members(everyone, self.process.pid, self.known)
        activity = processes.activity(process.pid for process in tree if not process.zombie)
        self.quiet = self.quiet + 1 if activity == self.activity else 0
        self.activity = activity
        status = self.process.poll()
        if status is None and self.quiet < QUIET_LOOKS:
            return None
        self.end()
        output, errors = ((self.folder / file).read_text() for file in ("output", "errors"))
        return Ran(self.text, status, output, errors)

    def end(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for pid in self.known:  # those that an executor's caller left behind when it was killed
            try:
                if os.getsid(pid) == self.process.pid:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def rendered(name: Name) -> str:
    entry, pool = catalogue.scenarios()[name.scenario], catalogue.pools()[name.pool]
    return script.render(entry, pool, name.operation, None, interpreters.current())


@pytest.fixture(scope="module")
def ran(laboratory: object, tmp_path_factory: pytest.TempPathFactory) -> dict[Name, Ran]:
    """Every script, run once: several at the same time, those of ``oom`` one after the other, for they share a cgroup."""
    folder = tmp_path_factory.mktemp("scripts")
    waiting = sorted(NAMES, key=lambda name: name.scenario == "oom", reverse=True)
    running: dict[Name, Program] = {}
    done: dict[Name, Ran] = {}
    deadline = time.monotonic() + 240
    try:
        while waiting or running:
            assert time.monotonic() < deadline, f"neither ended nor quiet: {list(map(str, running))}"
            everyone = processes.scan()
            for name, program in list(running.items()):
                result = program.look(everyone)
                if result is not None:
                    done[name] = result
                    del running[name]
                    if name.scenario == "oom":
                        remove_group()
            for name in list(waiting):
                blocked = name.scenario == "oom" and any(other.scenario == "oom" for other in running)
                if not blocked and sum(program.quiet < 3 for program in running.values()) < AT_ONCE:
                    waiting.remove(name)
                    running[name] = Program(name, folder)
            time.sleep(LOOK_EVERY)
    finally:
        for program in running.values():
            program.end()
        remove_group()
    return done


def remove_group() -> None:
    """The cgroup of the oom script, which the program removes when it exits, and can't when it is killed."""
    for parent, _version in cgroup._parents():
        path = parent / "repro-script-oom"
        while path.is_dir():
            try:
                path.rmdir()
            except OSError:  # EBUSY: the kernel has not noticed yet that its last process has gone
                time.sleep(0.01)


def known(name: Name) -> Verdict:
    python = interpreters.current()
    rule = expected(name.scenario, name.pool, name.operation, python.start_methods[0], python.version)
    assert rule is not None
    return rule.verdicts[0]


HEADINGS = {
    Verdict.COMPLETED: "It prints every result.",
    Verdict.RAISED: "It ends with a traceback.",
    Verdict.HANG: "It never ends.",
    Verdict.LOST: "Results are missing, and nothing says so.",
    Verdict.PARENT_EXIT: "The parent itself exits, with the worker's status.",
}


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_script_is_short_and_complete(name: Name) -> None:
    """At most 25 lines of Python 3.8, under a heading that says what happens: the pool, the fault, the outcome."""
    text = rendered(name)
    assert len(text.splitlines()) <= 25
    ast.parse(text, feature_version=(3, 8))
    heading = text.splitlines()[0]
    assert heading.startswith(f"# {catalogue.pools()[name.pool].adapter.label}: ")
    assert HEADINGS[known(name)] in heading


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_script_does_what_its_heading_says(ran: dict[Name, Ran], name: Name) -> None:
    """It never ends: still there, and nothing in it ran any more. A traceback: exit status 1, after one. Exits: that status.
    Results missing: a list that is too short, and nothing else."""
    text, status, output, errors = ran[name].text, ran[name].status, ran[name].output, ran[name].errors
    heading = text.splitlines()[0]
    # The others may be ended by the pool before they print, and lines of two workers may run into each other.
    assert "3" in output, errors
    if "It never ends." in heading:
        assert status is None, errors
        assert "[1, 2, 3]" not in output
    elif "It prints every result." in heading:
        results = json.loads(output.splitlines()[-1])
        assert (status, errors) == (0, "")
        assert (sorted(results) if name.operation == "imap_unordered" else results) == [1, 2, 3]
    elif "Results are missing, and nothing says so." in heading:
        assert (status, errors) == (0, "")
        assert len(json.loads(output.splitlines()[-1])) < 3
    elif "It ends with a traceback." in heading:
        assert status == 1
        assert "Traceback (most recent call last):" in errors
        assert "[1, 2, 3]" not in output
    else:
        assert "The parent itself exits, with the worker's status." in heading
        assert (status, errors) == (catalogue.scenarios()[name.scenario].scenario.status, "")
        assert "[1, 2, 3]" not in output


def test_every_adapter_brings_a_script() -> None:
    """repro script has lines for every call of every pool."""
    for entry in catalogue.pools().values():
        for operation in entry.adapter.operations:
            assert any("worker" in line for line in entry.adapter.script(operation)), (entry.name, operation)
