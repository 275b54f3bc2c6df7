"""Each program of ``repro script`` is complete, short, and does what the suite knows of its cell. All of them are run."""

from __future__ import annotations

import ast
import fnmatch
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from repro.cli import script_command
from repro.errors import UsageError
from repro.observer import cgroup
from repro.plan import catalogue, interpreters, matrix
from repro.report import script
from repro.subject.script import Script
from repro.tree import processes
from repro.verdicts.expectations import Expectation, expected
from repro.verdicts.judge import Verdict
from repro.verdicts.notes import note_on
from tests.repro import lab

#: A program that never ends is one of which no thread has run in so many looks in a row. No program sleeps for so long.
QUIET_LOOKS = 25
LOOK_EVERY = 0.1
#: One that computes all the time is one that has used so much of the CPU, in seconds, its dead children too; all others take a
#: fraction of that.
COMPUTED = 1.5
#: How many programs may work at once, besides those that wait.
AT_ONCE = 4
#: Of those that share something, one runs at a time: a cgroup; the memory of the machine.
SHARING = ("oom", "killed-")
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


class Program:
    """One program, running: in a session of its own, its output in files."""

    def __init__(self, name: Name, folder: Path, temporary: Path) -> None:
        self.name = name
        self.folder = folder / str(name)
        self.folder.mkdir()
        self.text = rendered(name)
        (self.folder / "program.py").write_text(self.text)
        # complete: on a machine that has the pool, and nothing of this suite
        changes: dict[str, str | None] = {"TMPDIR": str(temporary)}
        if name.pool != "safepool":
            changes["PYTHONPATH"] = None
        with (self.folder / "output").open("wb") as output, (self.folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "program.py"],
                cwd=self.folder,
                env=lab.environment(changes),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                preexec_fn=_as_a_terminal_starts_it,
            )
        self.known: dict[int, int] = {}
        self.activity: object = None
        self.quiet = 0

    def look(self, everyone: dict[int, processes.Process]) -> Ran | None:
        """What became of it, once that is known."""
        tree = processes.members(everyone, self.process.pid, self.known)
        activity = processes.activity(process.pid for process in tree if not process.zombie)
        waits = not any(process.state == "R" for process in tree)  # and does not only wait for a processor
        self.quiet = self.quiet + 1 if waits and activity == self.activity else 0
        self.activity = activity
        status = self.process.poll()
        quiet = self.quiet >= QUIET_LOOKS
        computed = may_compute(self.name) and cpu_of(self.process.pid) > COMPUTED
        if status is None and not quiet and not computed:
            return None
        self.end()
        output, errors = ((self.folder / file).read_text() for file in ("output", "errors"))
        return Ran(self.text, status, quiet, output, errors)

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


def _as_a_terminal_starts_it() -> None:
    """With Ctrl-C, which tests that run in the background have ignored; and without core files, which a crash would leave."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def cpu_of(pid: int) -> float:
    """What a process has used of the CPU, in seconds, and those of its children whose end it has seen (proc_pid_stat(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def rendered(name: Name) -> str:
    entry, pool = SCENARIOS[name.scenario], catalogue.pools()[name.pool]
    return script.render(entry, pool, name.operation, None, HERE, oom_group() if name.scenario == "oom" else None)


@functools.cache
def oom_group() -> tuple[str, str] | None:
    """As ``repro script`` finds it: the real thing, where a memory cgroup can be made."""
    return script_command.oom_group()


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
    waiting = sorted(NAMES, key=lambda name: name.scenario.startswith(SHARING), reverse=True)
    running: dict[Name, Program] = {}
    done: dict[Name, Ran] = {}
    deadline = time.monotonic() + 600
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
                shares = [one for one in SHARING if name.scenario.startswith(one)]
                blocked = any(other.scenario.startswith(one) for one in shares for other in running)
                if not blocked and sum(program.quiet < 3 for program in running.values()) < AT_ONCE:
                    waiting.remove(name)
                    running[name] = Program(name, folder, temporary)
            time.sleep(LOOK_EVERY)
    finally:
        for program in running.values():
            program.end()
        remove_group()
        shutil.rmtree(temporary)
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
    assert all(nap <= QUIET_LOOKS * LOOK_EVERY - 0.5 or nap >= 600 for nap in naps)


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
