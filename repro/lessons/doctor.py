"""What of the lessons works on this machine, told in a few seconds."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro.lessons.phrases import say
from repro.observer import cgroup
from repro.tree import native, processes


@dataclass(frozen=True)
class Check:
    """One thing. needed: whether the lessons need it; the others get better by it. key, values: of the phrase that says what
    works, or what to do."""

    ok: bool
    needed: bool
    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def says(self, language: str) -> str:
        """What works, or what to do."""
        return say(language, f"doctor {self.key}", **self.values)


def examine() -> list[Check]:
    """Everything, what is needed first."""
    made = [
        check for examine_one in (_system, _proc, _semaphores, _terminal, _markdown, _places) for check in examine_one()
    ]
    made += [*_letters(), *_stacks(), *_memory()]
    return sorted(made, key=lambda check: not check.needed)


def _system() -> Iterator[Check]:
    if processes.LINUX:
        yield Check(True, True, "linux", {"release": platform.release(), "python": platform.python_version()})
    else:
        yield Check(False, True, "no linux", {"system": platform.system()})


def _proc() -> Iterator[Check]:
    seen = processes.scan().get(os.getpid()) is not None and bool(processes.activity([os.getpid()]))
    yield Check(seen, True, "proc" if seen else "no proc")


def _semaphores() -> Iterator[Check]:
    """What every pool makes first."""
    try:
        import multiprocessing

        multiprocessing.get_context("fork").Lock()
    except (ImportError, OSError, ValueError) as error:
        yield Check(False, True, "no locks", {"error": error})
        return
    yield Check(True, True, "locks")


def _terminal() -> Iterator[Check]:
    try:
        descriptors = os.openpty()
    except OSError as error:
        yield Check(False, True, "no terminal", {"error": error.strerror})
        return
    for descriptor in descriptors:
        os.close(descriptor)
    yield Check(True, True, "terminal")


def _markdown() -> Iterator[Check]:
    from repro.errors import NothingRan
    from repro.lessons.terminal import prose

    try:
        prose.parser()
    except NothingRan:
        yield Check(False, True, "no markdown")
        return
    yield Check(True, True, "markdown")


def _places() -> Iterator[Check]:
    folder = Path(tempfile.gettempdir())
    writable = os.access(folder, os.W_OK)
    yield Check(writable, True, "place" if writable else "no place", {"folder": folder})


def _letters() -> Iterator[Check]:
    utf = (sys.stdout.encoding or "").lower().startswith("utf")
    yield Check(utf, False, "letters" if utf else "no letters")
    width = shutil.get_terminal_size().columns
    yield Check(width >= 80, False, "wide" if width >= 80 else "narrow", {"columns": width})


def _stacks() -> Iterator[Check]:
    found = native.tool() is not None
    yield Check(found, False, "stacks" if found else "no stacks")


def _memory() -> Iterator[Check]:
    """A memory cgroup of one's own, and which way leads to one; what of lesson 8 needs none, is run anyway."""
    make: Callable[[], cgroup.MemoryGroup | None] = cgroup.make
    group = make()
    if group is not None:
        group.remove()
        yield Check(True, False, "memory", {"folder": group.path.parent, "version": group.version})
    else:
        there = cgroup.systemd_gives()
        yield Check(there, False, "memory by systemd" if there else "no memory")
