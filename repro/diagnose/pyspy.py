"""What py-spy says of a process, as its threads: bounded, with the lines of the program's own files. Reads those; looks at no
process."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from repro import files
from repro.diagnose.snapshot import Seen
from repro.tree.calls import Call
from repro.verdicts.stacks import Frame, Thread

#: So many threads of a process, frames of a thread (innermost, outermost) and values of a frame are kept.
THREADS, INNER, OUTER, VALUES = 64, 24, 16, 24
#: So long a text may be, in characters: a value, a line of a program.
VALUE, LINE = 160, 160
#: So much of a program's file is read, in bytes.
SOURCE = 2 << 20
#: The version of a Python, by the name of a file.
PYTHON = re.compile(r"python(\d\.\d+)|pypy(\d\.\d+)")


def with_stack(one: Seen, told: list[dict[str, Any]] | str | None) -> Seen:
    """A process with its stacks, or why it has none. told: py-spy's answer (``repro.tree.frames``); None: it was not asked."""
    if told is None:
        return one
    if isinstance(told, str):
        return replace(one, no_stack=told)
    source = _Source(one.pid)
    several = [_thread(record, source) for record in told[:THREADS]]
    main = _main_of(told[:THREADS], one.pid)
    numbers = numbers_of(told, one.calls)
    several = [replace(thread, main=place == main, number=numbers[place]) for place, thread in enumerate(several)]
    version = next((match[1] for t in several for f in t.frames if (match := PYTHON.search(f.file)) and match[1]), "")
    python = version if one.python in ("", "?") else one.python
    return replace(one, threads=several, python=python or one.python or "?")


def _main_of(told: Sequence[Mapping[str, Any]], pid: int) -> int:
    """Which of the threads is the one with which the process began: it has the process's number. Where numbers are not known
    (before 3.11), it is the oldest, and py-spy tells that last."""
    for number, record in enumerate(told):
        if record.get("os_thread_id") == pid:
            return number
    return len(told) - 1


def numbers_of(told: Sequence[Mapping[str, Any]], several: Sequence[Call]) -> list[int]:
    """The kernel's numbers of a process's threads, each 0 where it is not known. told: by py-spy. several: by the kernel. Pure.

    Before 3.11, and of a process that has other numbers in its own container, py-spy does not know them. Python keeps its threads
    in the order in which they were started, the youngest first; so does py-spy, and where no other thread is there, so can we.
    """
    known = {call.number for call in several}
    numbers = [one.get("os_thread_id") for one in told]
    if any(number in known for number in numbers):
        return [number if isinstance(number, int) and number in known else 0 for number in numbers]
    if len(told) != len(several):
        return [0] * len(told)
    return [call.number for call in sorted(several, key=lambda call: (call.started, call.number), reverse=True)]


def _thread(record: Mapping[str, Any], source: _Source) -> Thread:
    told = [one for one in record["frames"] if isinstance(one, dict)]
    kept = told if len(told) <= INNER + OUTER else told[:INNER] + told[-OUTER:]
    several = tuple(_frame(one, source) for one in kept)
    return Thread(several, False, str(record.get("thread_name") or "")[:VALUE], most=INNER + OUTER + 1)


def _frame(record: Mapping[str, Any], source: _Source) -> Frame:
    file, line = str(record.get("filename") or ""), record.get("line")
    function = re.sub(r"^.*\.(?=[^.>]+$|<[a-z]+>$)", "", str(record.get("name") or ""))  # Pool.map, f.<locals>.<lambda>
    values = {
        str(one.get("name"))[:VALUE]: str(one.get("repr"))[:VALUE]
        for one in (record.get("locals") or [])[:VALUES]
        if isinstance(one, dict)
    }
    number = line if isinstance(line, int) else 0
    return Frame(file, str(number or "???"), function, source.line(file, number), values)


class _Source:
    """The lines of a target's own files, as the target sees them: in its root, below its directory."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._files: dict[str, list[str]] = {}

    def line(self, file: str, number: int) -> str:
        if not number or not file.endswith((".py", ".pyw")):
            return ""
        if file not in self._files:
            place = f"/proc/{self._pid}/root{file}" if file.startswith("/") else f"/proc/{self._pid}/cwd/{file}"
            try:
                content = files.beginning(Path(place), SOURCE)
            except (OSError, ValueError):
                content = b""
            self._files[file] = content.decode("utf-8", "replace").splitlines()
        lines = self._files[file]
        return lines[number - 1].strip()[:LINE] if number <= len(lines) else ""
