"""Reads where threads wait from the stacks that faulthandler wrote. Pure functions of text."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from repro.subject.events import short_paths

#: How many frames of a thread are kept, counted from the innermost: those that say which of a pool's threads it is, too, when
#: it is in users' code.
FRAMES_KEPT = 16

_THREAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]+(?: \[(?P<name>[^\]]*)\])?.*\(most recent call first\):")
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+|\?\?\?) in (?P<function>[^:]+)(?:: (?P<source>.*))?$')


@dataclass(frozen=True)
class Frame:
    """One frame of a stack. file: as faulthandler prints it. source: the text of the line, "" where it is not known.

    values: short texts of its local variables by name; faulthandler knows none.
    """

    file: str
    line: str
    function: str
    source: str = ""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def place(self) -> str:
        """``Pool.map`` is not to be had: faulthandler knows functions, not classes. ``get (multiprocessing/pool.py:774)``."""
        parts = self.file.split("/")
        return f"{self.function} ({'/'.join(parts[-2:])}:{self.line})"


@dataclass(frozen=True)
class Thread:
    """One thread's stack, innermost frame first. main: the thread that the process began with, which faulthandler prints last.

    name: as the program calls it, "" where that is not known. most: how many frames were kept at most.
    number: as the kernel has it, 0 where that is not known.
    """

    frames: tuple[Frame, ...]
    main: bool
    name: str = ""
    most: int = FRAMES_KEPT
    number: int = 0

    @property
    def cut(self) -> bool:
        """Whether there may be more frames than were kept: then what thread it is, is not known."""
        return len(self.frames) >= self.most

    @property
    def waits_in(self) -> str:
        """The function in which it waits: the innermost one that tells something.

        Below it are the primitives (``wait`` and ``acquire`` in threading.py, ``select`` in selectors.py), which all waits share.
        """
        for frame in self.frames:
            if not frame.file.endswith(("/threading.py", "/selectors.py", "subject/exits.py")):
                return frame.place
        return self.frames[0].place if self.frames else "no Python frame"


@functools.lru_cache(16)  # of a cell, the parent's are asked for twice
def threads(text: str) -> tuple[Thread, ...]:
    """The threads of one process, in the order of the text."""
    stacks: list[list[Frame]] = []
    for line in text.splitlines():
        if _THREAD.match(line):
            stacks.append([])
            continue
        match = _FRAME.match(line)
        if match and stacks:
            stacks[-1].append(Frame(match["file"], match["line"], match["function"], match["source"] or ""))
    return tuple(Thread(tuple(frames), number == len(stacks)) for number, frames in enumerate(stacks, 1))


def compact(text: str, source_of: Callable[[str, int], str] = lambda file, line: "") -> str:
    """The same stacks with short file names (``multiprocessing/pool.py``), and only the innermost frames of each.

    Where an interpreter lies on somebody's disk is nobody's business, and says nothing; what stands in the line does.
    source_of: the text of a line of a file, by its full name (``linecache.getline``).
    """
    lines: list[str] = []
    frames = 0
    for line in text.splitlines():
        match = _FRAME.match(line)
        if match is None:
            frames = 0
            lines.append(short_paths(line))
        elif frames < FRAMES_KEPT:
            frames += 1
            name = "/".join(match["file"].split("/")[-2:])
            number = int(match["line"]) if match["line"].isdigit() else 0
            source = source_of(match["file"], number).strip()
            behind = f": {source}" if source else ""
            lines.append(f'  File "{name}", line {match["line"]} in {match["function"]}{behind}')
    return "\n".join(lines) + "\n"


def as_text(several: Sequence[Thread]) -> str:
    """Stacks as faulthandler would have written them, with short names of files: what ``threads`` reads."""
    lines: list[str] = []
    for number, thread in enumerate(sorted(several, key=lambda one: one.main), 1):
        name = re.sub(r"[\]\n]", "", thread.name)
        lines.append(f"Thread 0x{number:016x}{f' [{name}]' * bool(name)} (most recent call first):")
        for frame in thread.frames:
            behind = f": {frame.source}" if frame.source else ""
            lines.append(f'  File "{short_paths(frame.file)}", line {frame.line} in {frame.function}{behind}')
    return "\n".join(lines) + "\n"


def places(text: str) -> list[str]:
    """Where each thread of a process waits, the main thread first."""
    found = threads(text)
    return [thread.waits_in for thread in sorted(found, key=lambda thread: not thread.main)]
