"""What of the lessons works on this machine, told in a few seconds."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from repro.observer import cgroup
from repro.tree import native, processes


@dataclass(frozen=True)
class Check:
    """One thing. needed: whether the lessons need it; the others get better by it. says: what works, or what to do."""

    ok: bool
    needed: bool
    says: str


def examine() -> list[Check]:
    """Everything, what is needed first."""
    made = [
        check for examine_one in (_system, _proc, _semaphores, _terminal, _markdown, _places) for check in examine_one()
    ]
    made += [*_letters(), *_stacks(), *_memory()]
    return sorted(made, key=lambda check: not check.needed)


def _system() -> Iterator[Check]:
    if processes.LINUX:
        yield Check(True, True, f"Linux {platform.release()}, Python {platform.python_version()}")
    else:
        yield Check(
            False,
            True,
            f"{platform.system()}: the lessons look into /proc, which only Linux has. On Windows: WSL2 (wsl --install); "
            "elsewhere: a container (docker run -it python:3 bash) or a devcontainer. Recorded runs are shown here: --replay",
        )


def _proc() -> Iterator[Check]:
    seen = processes.scan().get(os.getpid()) is not None and bool(processes.activity([os.getpid()]))
    yield Check(
        seen,
        True,
        "processes can be looked at"
        if seen
        else "/proc does not show this very process, or not when its threads run: is it mounted, and is the kernel built with "
        "CONFIG_SCHED_INFO?",
    )


def _semaphores() -> Iterator[Check]:
    """What every pool makes first."""
    try:
        import multiprocessing

        multiprocessing.get_context("fork").Lock()
    except (ImportError, OSError, ValueError) as error:
        yield Check(False, True, f"multiprocessing can't make a lock ({error}): /dev/shm has to be there, and writable")
        return
    yield Check(True, True, "multiprocessing can make its locks")


def _terminal() -> Iterator[Check]:
    try:
        descriptors = os.openpty()
    except OSError as error:
        yield Check(
            False,
            True,
            f"no terminal can be made ({error.strerror}): is /dev/pts mounted?",
        )
        return
    for descriptor in descriptors:
        os.close(descriptor)
    yield Check(True, True, "programs can have a terminal of their own")


def _markdown() -> Iterator[Check]:
    from repro.errors import NothingRan
    from repro.lessons.terminal import prose

    try:
        prose.parser()
    except NothingRan as error:
        yield Check(False, True, str(error))
        return
    yield Check(True, True, "texts can be shown (markdown-it-py)")


def _places() -> Iterator[Check]:
    yield from _place(
        Path(tempfile.gettempdir()), True, "programs can be written to", "programs are written there: set TMPDIR"
    )


def _place(folder: Path, needed: bool, good: str, bad: str) -> Iterator[Check]:
    writable = os.access(folder, os.W_OK)
    yield Check(writable, needed, f"{good} {folder}" if writable else f"{folder} can't be written to; {bad}")


def _letters() -> Iterator[Check]:
    utf = (sys.stdout.encoding or "").lower().startswith("utf")
    yield Check(
        utf, False, "the terminal has all letters" if utf else "the locale is no UTF-8: pictures are made of ASCII"
    )
    width = shutil.get_terminal_size().columns
    yield Check(width >= 80, False, f"the terminal has {width} columns" + "; 80 are better" * (width < 80))


def _stacks() -> Iterator[Check]:
    found = native.tool() is not None
    yield Check(
        found,
        False,
        "py-spy is there (lesson 10)" if found else "no py-spy: pip install 'safepool[stacks]' (lesson 10)",
    )


def _memory() -> Iterator[Check]:
    """A memory cgroup of one's own, which takes rights; lesson 8 has a way without."""
    make: Callable[[], cgroup.MemoryGroup | None] = cgroup.make
    group = make()
    if group is not None:
        group.remove()
    there = group is not None or cgroup.systemd_gives()
    yield Check(
        there,
        False,
        "a memory cgroup can be made (lesson 8)"
        if there
        else "no memory cgroup can be made: lesson 8 shows its part without root, and the rest from records",
    )
