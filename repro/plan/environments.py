"""A virtual environment for each interpreter, with the pools that are neither the standard library's nor the suite's.

``repro pools install`` makes them, once; runs find them by the interpreter's version and build. Each lies in the user's cache
(``XDG_CACHE_HOME``), with a file ``pools.json`` that says what was installed, and why the rest was not: that a pool does not
support a Python is a fact that its cells tell.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro import files
from repro.errors import ReproError
from repro.plan import catalogue, interpreters
from repro.plan.interpreters import Interpreter

if TYPE_CHECKING:
    from repro.subject.adapter import Adapter

#: Pools that are installed only where they are asked for by name: an extra of their own, of hundreds of megabytes.
ONLY_BY_NAME = ("ray",)
#: How long one call of venv or pip may take, in seconds: a pool may have to be compiled.
WITHIN = 900.0
_NOTES = "pools.json"


@dataclass(frozen=True)
class Installed:
    """How the installation of a pool went. version: what is there now, "" where it is not; problem: why it is not."""

    version: str
    problem: str


def folder() -> Path:
    """Where all environments lie."""
    return files.cache("pools")


def place(interpreter: Interpreter) -> Path:
    """The folder of an interpreter's environment, there or not. One version, build and ABI has one environment, however many
    virtual environments of it there are."""
    build = f"{interpreter.implementation} {interpreter.build} {interpreter.free_threaded}"
    return folder() / f"{interpreter.version}-{hashlib.sha256(build.encode()).hexdigest()[:8]}"


def of(interpreter: Interpreter) -> Interpreter | None:
    """The interpreter of its environment, or None where there is none that starts and is of the same version."""
    path = _python(place(interpreter))
    if interpreter.problem or not os.access(path, os.X_OK):
        return None
    found = interpreters.probe(str(path))
    return found if found.problem is None and found.version == interpreter.version else None


def home(interpreter: Interpreter, adapter: Adapter) -> Interpreter:
    """Where a pool's cells run: in the interpreter itself if the pool is there, or comes with it; else in its environment."""
    if not adapter.project or has(interpreter, adapter):
        return interpreter
    environment = of(interpreter)
    return environment if environment is not None and has(environment, adapter) else interpreter


def has(interpreter: Interpreter, adapter: Adapter) -> bool:
    """Whether the pool's module is there, and imports as far as is known."""
    return (
        interpreter.modules.get(adapter.requires, "") is not None
        and not _notes_beside(interpreter).get(adapter.project, _FINE).problem
    )


def why_absent(interpreter: Interpreter, adapter: Adapter) -> str:
    """Why a pool is not there, and the command that would bring it where there is one."""
    if not adapter.project:
        if adapter.requires.partition(".")[0] in sys.stdlib_module_names:
            return f"the standard library of Python {interpreter.version} has no {adapter.requires}"
        return f"{adapter.requires} is not installed in {interpreter.path}"
    problem = problem_of(interpreter, adapter)
    if problem:
        return f"{adapter.project} can't be had with Python {interpreter.version}: {problem}"
    if adapter.name in catalogue.pools():
        command = f"repro pools install --python {interpreter.version} --pool {adapter.name}"
    else:
        command = f"{interpreter.path} -m pip install {adapter.project}"
    return f"{adapter.project} is not installed in {interpreter.path}; {command}"


def problem_of(interpreter: Interpreter, adapter: Adapter) -> str:
    """Why a pool could not be installed when that was tried; "" where it was not tried."""
    noted = notes(place(interpreter)).get(adapter.project or "")
    return "" if noted is None else noted.problem


def notes(environment: Path) -> dict[str, Installed]:
    """What is known of the installations in an environment: by distribution."""
    try:
        stored = json.loads(files.content(environment / _NOTES, files.MIB))
        return {str(project): Installed(str(one["version"]), str(one["problem"])) for project, one in stored.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # nothing was installed yet, or it was interrupted: pip finds out again


def install(interpreter: Interpreter, adapters: Sequence[Adapter]) -> Iterator[tuple[Adapter, Installed]]:
    """Install pools, and yield how each went. What is there stays as it is.

    Raises ReproError where the environment can't be made. Two commands at the same time take turns.
    """
    if interpreter.problem:
        raise ReproError(f"no pool can be installed for {interpreter.path}: {interpreter.problem}")
    environment = place(interpreter)
    with _alone(environment):
        if of(interpreter) is None:
            _make(interpreter, environment)
        python = str(_python(environment))
        known = notes(environment)
        wanted = [one for one in adapters if known.get(one.project, _ABSENT).version == ""]
        # all at once is faster; if that fails, because of one of them or for want of a network, each is tried alone
        at_once = len(wanted) > 1 and _pip(python, [one.project for one in wanted]) is None
        for adapter in adapters:
            if adapter in wanted:
                said = None if at_once else _pip(python, [adapter.project])
                known[adapter.project] = _look(python, adapter, said)
                _write_notes(environment, known)
            yield adapter, known[adapter.project]


_FINE = Installed("", "")
_ABSENT = Installed("", "")


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _notes_beside(interpreter: Interpreter) -> dict[str, Installed]:
    """The notes of the environment that an interpreter is the one of; none where it is another."""
    return notes(Path(interpreter.path).parent.parent)


@contextmanager
def _alone(environment: Path) -> Iterator[None]:
    """Nobody else installs there meanwhile."""
    try:
        environment.parent.mkdir(parents=True, exist_ok=True)
        lock = (environment.parent / f"{environment.name}.lock").open("w")
    except OSError as error:
        raise ReproError(f"no environment can be made in {environment.parent}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(interpreter: Interpreter, environment: Path) -> None:
    """Make an environment with pip. Interpreters that distributions cut up have no ensurepip: pip comes by our own pip then."""
    shutil.rmtree(environment, ignore_errors=True)
    said = _run([interpreter.path, "-m", "venv", str(environment)])
    if said is None:
        return
    shutil.rmtree(environment, ignore_errors=True)
    problem = _run([interpreter.path, "-m", "venv", "--without-pip", str(environment)])
    if problem is None:
        target = environment / "lib" / f"python{interpreter.short}{'t' * interpreter.free_threaded}" / "site-packages"
        # by --target, and not by --python: that runs our pip in their interpreter, and it may be years younger
        ours = [sys.executable, "-m", "pip", "install", *_QUIET, "--no-deps", "--only-binary", ":all:"]
        problem = _run([*ours, "--python-version", interpreter.short, "--target", str(target), "pip"])
    if problem is not None:
        shutil.rmtree(environment, ignore_errors=True)
        raise ReproError(f"no virtual environment of {interpreter.path} can be made: {said}; {problem}")


_QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


def _pip(python: str, projects: Sequence[str]) -> str | None:
    return _run([python, "-m", "pip", "install", *_QUIET, "--prefer-binary", *projects])


def _look(python: str, adapter: Adapter, said: str | None) -> Installed:
    """What an installation has brought; a pool that is there but does not import is not there."""
    if said is not None:
        return Installed("", said)
    problem = _run([python, "-c", f"import {adapter.requires}"])
    if problem is not None:
        return Installed("", f"it does not import: {problem}")
    return Installed(interpreters.probe(python).modules.get(adapter.requires) or "?", "")


def _write_notes(environment: Path, known: dict[str, Installed]) -> None:
    temporary = environment / f"{_NOTES}.{os.getpid()}"
    temporary.write_text(json.dumps({project: vars(one) for project, one in known.items()}, indent=1), "utf-8")
    temporary.replace(environment / _NOTES)


def _run(command: Sequence[str]) -> str | None:
    """Run a program of an interpreter to its end. Returns None, or what it said that went wrong."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return f"{command[0]} does not start: {error.strerror}"
    try:
        output, _ = process.communicate(timeout=WITHIN)
    except BaseException as error:  # Ctrl-C, too: nothing of it is to go on behind our back
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return f"{' '.join(command[1:4])} took more than {WITHIN:g} s"
        raise
    return None if process.returncode == 0 else last_words(output.decode(errors="replace"), process.returncode)


def last_words(output: str, status: int) -> str:
    """The line in which pip, venv or Python says what went wrong: its last error, or its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "modulenotfounderror"))]
    said = (errors or lines or [f"exit status {status}"])[-1]
    return said.removeprefix("ERROR: ")[:300]
