"""Each program of ``repro script`` is complete, short, and does what the suite knows of its cell. All of them are run."""

from __future__ import annotations

import ast
import fnmatch
import functools
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from repro.errors import UsageError
from repro.plan import catalogue, interpreters, matrix
from repro.report import script
from repro.subject.script import Script
from repro.tree import processes
from repro.verdicts.expectations import Expectation, expected
from repro.verdicts.judge import Verdict
from repro.verdicts.notes import note_on
from tests.repro import programs

#: How many programs may work at once, besides those that wait.
AT_ONCE = 4
#: The scenarios that are shown with each call of each pool: a program for every wording.
WITH_EACH_CALL = ("ok", "sigkill")

#: What programs were seen to do, on a machine with forty busy processes, that the suite has not seen: not explained yet.
SEEN = {
    ("ctrl-c", "concurrent.futures.ProcessPoolExecutor"): (Verdict.HANG,),
    # The next worker reads on in the middle of the message that the first had no memory for: mostly nonsense, of which it dies,
    # and so the one after it; or a length for which the last one waits.
    ("address-limit", "multiprocessing.Pool"): (Verdict.HANG,),
}

HERE = interpreters.current()
SCENARIOS = catalogue.scenarios()


class Name(NamedTuple):
    scenario: str
    pool: str
    operation: str

    def __str__(self) -> str:
        return "-".join([self.scenario, self.pool.split(".")[-1], self.operation])

    @property
    def start_method(self) -> str:
        """The one with which the program is made, where none is asked for."""
        one, adapter = SCENARIOS[self.scenario].scenario, catalogue.pools()[self.pool].adapter
        return script.telling_method(one, made_of(self), adapter, HERE)

    @property
    def known(self) -> Expectation | None:
        return expected(self.scenario, self.pool, self.operation, self.start_method, HERE.version)


def made_of(name: Name) -> Script:
    made = SCENARIOS[name.scenario].scenario.script_here(None, None)
    assert made is not None, f"{name.scenario} has no script"
    return made


def _names() -> list[Name]:
    """Every scenario in each of the default pools, by the call that the suite makes, where something is known of it."""
    found = []
    for entry in SCENARIOS.values():
        for pool in catalogue.default_pools():
            (usual,) = matrix.operations_of(entry, pool)
            every = pool.adapter.operations if entry.name in WITH_EACH_CALL else (usual,)
            names = [Name(entry.name, pool.name, operation) for operation in every]
            if not set(entry.scenario.needs) - set(pool.adapter.features(usual)):
                found += [name for name in names if name.known is not None]
    return found


NAMES = _names()


@dataclass
class Ran:
    """A program that was run. status: its exit status, or None if it was still there when it was given up: quiet, or not."""

    text: str
    status: int | None
    quiet: bool
    output: str
    errors: str


def started(name: Name, folder: Path, temporary: Path) -> programs.Program:
    return programs.Program(
        [sys.executable],
        rendered(name),
        folder / str(name),
        temporary,
        alone=name.pool != "safepool",
        may_compute=may_compute(name),
    )


def rendered(name: Name) -> str:
    entry, pool = SCENARIOS[name.scenario], catalogue.pools()[name.pool]
    return script.render(entry, pool, name.operation, None, HERE, oom_group() if name.scenario == "oom" else None)


@functools.cache
def oom_group() -> tuple[str, str] | None:
    return programs.oom_group()


def of(name: Name) -> Expectation:
    known = name.known
    assert known is not None
    return known


def may_compute(name: Name) -> bool:
    return Verdict.LIVELOCK in of(name).verdicts


@pytest.fixture(scope="module")
def ran(laboratory: object, tmp_path_factory: pytest.TempPathFactory) -> dict[Name, Ran]:
    """Every program, run once, several at the same time."""
    folder = tmp_path_factory.mktemp("scripts")
    temporary = Path(tempfile.mkdtemp())  # for what those leave that are killed; a short name, for sockets lie there
    waiting = sorted(NAMES, key=lambda name: name.scenario.startswith(programs.SHARING), reverse=True)
    running: dict[Name, programs.Program] = {}
    done: dict[Name, Ran] = {}
    deadline = time.monotonic() + 600
    try:
        while waiting or running:
            assert time.monotonic() < deadline, f"neither ended nor quiet: {list(map(str, running))}"
            everyone = processes.scan()
            for name, program in list(running.items()):
                if program.settled(everyone):
                    status = program.process.poll()
                    program.end()
                    output, errors = program.read("output"), program.read("errors")
                    done[name] = Ran(program.text, status, program.quiet, output, errors)
                    del running[name]
                    if name.scenario == "oom":
                        programs.remove_group()
            for name in list(waiting):
                shares = [one for one in programs.SHARING if name.scenario.startswith(one)]
                blocked = any(other.scenario.startswith(one) for one in shares for other in running)
                if not blocked and sum(program.looks < 3 for program in running.values()) < AT_ONCE:
                    waiting.remove(name)
                    running[name] = started(name, folder, temporary)
            time.sleep(programs.LOOK_EVERY)
    finally:
        for program in running.values():
            program.end()
        programs.remove_group()
        shutil.rmtree(temporary)
    return done


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_program_is_short_and_plain(name: Name) -> None:
    """At most 40 lines, none of them long, under a heading that says of which pool it is, in a grammar that old Pythons have."""
    text = rendered(name)
    lines = text.splitlines()
    assert len(lines) <= 40
    group = (oom_group() or [""])[0]  # a path of this machine, of any length
    assert max(len(line.replace(group, "")) for line in lines) <= 120
    assert text.isascii()
    ast.parse(text, feature_version=(3, 7))
    assert lines[0].startswith(f"# {catalogue.pools()[name.pool].adapter.label}: ")
    naps = [float(one) for one in re.findall(r"sleep\(([\d.]+)\)", text)]
    assert all(nap <= programs.QUIET_LOOKS * programs.LOOK_EVERY - 0.5 or nap >= 600 for nap in naps)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_a_program(name: str) -> None:
    """For one of the pools that a bare run takes at least; where there is none, the reason is a sentence of one line."""
    reasons = []
    for pool in catalogue.default_pools():
        try:
            script.render(SCENARIOS[name], pool, matrix.operations_of(SCENARIOS[name], pool)[0], None, HERE)
        except UsageError as error:
            reasons.append(str(error))
    assert len(reasons) < len(catalogue.default_pools())
    assert all(len(reason) < 160 and "\n" not in reason for reason in reasons)


@pytest.mark.timeout(700)
@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_program_does_what_is_known_of_its_cell(ran: dict[Name, Ran], name: Name) -> None:
    """It never ends, ends with that error, exits with the worker's status, or prints the right results last."""
    one = ran[name]
    if "needs root" in one.errors or "libgomp" in one.errors:
        pytest.skip(one.errors.splitlines()[-1])
    verdicts = (*of(name).verdicts, *SEEN.get((name.scenario, name.pool), ()))
    assert any(shows(one, name, verdict) for verdict in verdicts), (one.status, one.output, one.errors)


def shows(one: Ran, name: Name, verdict: Verdict) -> bool:
    """Whether what a program did is a verdict."""
    note = note_on(of(name), verdict)
    errors = "|".join(note.errors if note else ())
    told = errors and re.search(rf"^([\w.]+\.)?({errors})\b", one.errors, re.MULTILINE)
    last = (one.output.splitlines() or [""])[-1]
    if verdict in (Verdict.HANG, Verdict.LIVELOCK):
        return one.status is None and one.quiet is (verdict is Verdict.HANG)
    if verdict is Verdict.RAISED:
        return one.status not in (None, 0) and bool(told)
    if verdict is Verdict.PARENT_EXIT and "SystemExit" in errors:
        return one.status == SCENARIOS[name.scenario].scenario.status and not one.errors
    if verdict is Verdict.PARENT_EXIT:
        return bool(one.status and told) if errors else one.status is not None and one.status < 0
    if verdict is Verdict.LOST:
        return one.status == 0 and len(ast.literal_eval(last)) < 3
    made = made_of(name)
    if name.operation == "imap_unordered":
        last = str(sorted(ast.literal_eval(last)))
    return one.status == 0 and fnmatch.fnmatchcase(last, made.last)


def test_every_adapter_brings_a_script() -> None:
    """repro script has lines for every call of every pool."""
    for entry in catalogue.pools().values():
        for operation in entry.adapter.operations:
            assert any("worker" in line for line in entry.adapter.script(operation)), (entry.name, operation)
