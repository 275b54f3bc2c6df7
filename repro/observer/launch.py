"""Starts the program of a cell, or any other: its own session, its own directory, its output in files.

The wall between the two rooms is a folder, the *stage*: it holds links to ``repro.subject`` and ``safepool`` and nothing else,
and it is the only thing on the subject's path besides its own standard library and packages. The observer's modules
can't be imported there.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import repro
import safepool
from repro.errors import ReproError
from repro.observer import cgroup, sweep
from repro.plan import catalogue
from repro.plan.matrix import WORKERS, Cell
from repro.subject.cell import DIRECTORY
from repro.subject.events import short_paths


class Stage:
    """The folder of one run: the subject's path, its compiled files, and a directory for every cell.

    A context manager: leaving it removes the folder. Raises OSError where the temporary directory can't be written.
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix=sweep.PREFIX, dir=sweep.place()))
        self._lock = sweep.hold(self.root)
        self._numbers = itertools.count(1)
        path = self.root / "path"
        (path / "repro").mkdir(parents=True)
        (path / "repro" / "__init__.py").symlink_to(Path(repro.__file__).resolve())
        (path / "repro" / "subject").symlink_to(catalogue.SUBJECT.resolve())
        (path / "sitecustomize.py").symlink_to(catalogue.SUBJECT.resolve() / "sitecustomize.py")
        (path / "safepool").symlink_to(Path(safepool.__file__).resolve().parent)
        self._path = path

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_exception: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        os.close(self._lock)

    def environment(self, directory: Path) -> dict[str, str]:
        """The user's environment without what would change Python, and with what the subject needs."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return kept | {
            DIRECTORY: str(directory),
            "TMPDIR": str(directory / "tmp"),
            "PYTHONPATH": str(self._path),
            "PYTHONPYCACHEPREFIX": str(self.root / "compiled"),
        }

    def new_directory(self) -> Path:
        """A directory for a cell. Its name is short: sockets below it must fit in 108 bytes (unix(7))."""
        directory = self.root / f"c{next(self._numbers)}"
        (directory / "tmp").mkdir(parents=True)
        return directory


@dataclass(frozen=True)
class Launched:
    """A cell that was started. group: the memory cgroup made for it, or None."""

    process: subprocess.Popen[bytes]
    directory: Path
    group: cgroup.MemoryGroup | None


def launch(stage: Stage, cell: Cell) -> Launched:
    """Start a cell. Raises OSError where the interpreter can't be started or the disk is full."""
    directory = stage.new_directory()
    group = cgroup.make() if "memory" in cell.scenario.scenario.tags else None
    try:
        settings = {
            "scenario": cell.scenario.name,
            "scenario_file": str(cell.scenario.path),
            "pool": cell.pool.name,
            "pool_file": str(cell.pool.path),
            "operation": cell.operation,
            "start_method": cell.start_method,
            "workers": WORKERS,
            "oom_group": str(group.path) if group else None,
        }
        (directory / "cell.json").write_text(json.dumps(settings), "utf-8")
        with (directory / "stdout").open("wb") as output, (directory / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                [cell.interpreter.path, "-m", f"repro.subject.{cell.scenario.scenario.entry}"],
                cwd=directory,
                env=stage.environment(directory),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,  # the whole tree is known by it, and Ctrl-C at the terminal reaches only us
            )
    except OSError:
        if group:
            group.remove()
        raise
    return Launched(process, directory, group)


class NoMemoryGroup(ReproError):
    """A program has to run within a limit of memory, and nobody gives us one here."""


#: Enters a memory cgroup, then becomes the program.
_IN_A_GROUP = (
    "import os, sys; file = os.open(sys.argv[1], os.O_WRONLY); os.write(file, b'%d' % os.getpid()); os.close(file); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)

#: Makes standard input the terminal of the session, then becomes the program: Ctrl-C there reaches it, and all that it started.
_AT_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


def launch_program(
    stage: Stage,
    interpreter: str,
    name: str,
    source: str,
    arguments: Sequence[str] = (),
    terminal: int | None = None,
    memory: int = 0,
) -> Launched:
    """Start a program that is no scenario, as a cell is started. Standard output and error go to one file, ``stdout``.

    interpreter: its path. name: of the program's file, in its directory. source: its text. terminal: the descriptor of a
    terminal that it gets as its own, in place of that file. memory: how much its processes may use together, in bytes; 0: no
    limit. Raises OSError where it can't be started, NoMemoryGroup where nobody gives us a limit.
    """
    group = cgroup.make(memory) if memory else None
    if memory and group is None and not cgroup.systemd_gives():
        raise NoMemoryGroup(
            "no memory cgroup: the kernel's file system of cgroups can't be written, and systemd-run --user gives none; "
            "in a container with a limit (docker run --memory) the program can be run by hand"
        )
    directory = stage.new_directory()
    settings = {"scenario": name, "scenario_file": str(directory / name), "workers": 0, "oom_group": None}
    settings |= dict.fromkeys(("pool", "pool_file", "operation", "start_method"), "")
    (directory / "cell.json").write_text(json.dumps(settings), "utf-8")
    (directory / name).write_text(source, "utf-8")
    command = [interpreter, name, *arguments]
    if group is not None:
        command = [interpreter, "-I", "-S", "-c", _IN_A_GROUP, str(group.path / "cgroup.procs"), *command]
    elif memory:
        command = [*cgroup.by_systemd(memory), *command]
    with (directory / "stdout").open("wb") as output:
        process = subprocess.Popen(
            command if terminal is None else [interpreter, "-I", "-S", "-c", _AT_A_TERMINAL, *command],
            cwd=directory,
            env=stage.environment(directory),
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=output if terminal is None else terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Launched(process, directory, group)


def without_places(text: str, directory: Path) -> str:
    """What a program printed, without where it lay, and where its interpreter lies: only here is that so."""
    return short_paths(text.replace(f"{directory}{os.sep}", ""))
