"""The event stream of a cell: one JSON object a line, appended by every process of the subject.

Each line is one ``write`` to a file opened with O_APPEND, which POSIX makes atomic with regard to the offset: the
lines of several processes never mix, and what was written survives a SIGKILL of the writer. The file is opened anew
for every line, because pools close descriptors that they don't know in their workers.

Every event has ``event`` (its name), ``pid`` and ``t``, in nanoseconds of ``time.monotonic_ns()``, a clock that the
processes of one machine share on Linux (clock_gettime(2), CLOCK_MONOTONIC).
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any

from . import cell

FILE = "events.jsonl"

#: How much of an error's text is kept, in characters.
TEXT_LIMIT = 4000


def emit(event: str, t: int | None = None, **fields: Any) -> None:
    """Append an event. t: when it happened (monotonic nanoseconds) where that was before this call."""
    record: dict[str, Any] = {"event": event, "pid": os.getpid(), "t": time.monotonic_ns() if t is None else t}
    record.update(fields)
    line = (json.dumps(record, default=_short) + "\n").encode("utf-8")
    if _held is not None and _held[0] == os.getpid():
        os.write(_held[1], line)
        return
    fd = _open()
    try:
        os.write(fd, line)
    finally:
        os.close(fd)


#: (pid, descriptor) of the process that keeps the file open.
_held: tuple[int, int] | None = None


def hold() -> None:
    """Keep the file open in this process, which is about to have no descriptor to spare."""
    global _held
    _held = os.getpid(), _open()


def _open() -> int:
    return os.open(cell.current().path(FILE), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as a record: its type, its message and those of its causes, which is where pools put tracebacks."""
    causes: list[str] = []
    link = error.__cause__ or error.__context__
    while link is not None and len(causes) < 5:
        causes.append(f"{type(link).__name__}: {_text(link)}")
        link = link.__cause__ or link.__context__
    return {"type": type(error).__name__, "message": _text(error), "causes": causes}


def short_paths(text: str) -> str:
    """A text with the last two parts of the paths in it: where an interpreter lies on somebody's disk says nothing."""
    return re.sub(r"""(?<![^\s"'])/(?:[^\s/:"']+/)+([^\s/:"']+/[^\s/:"']+)""", r"\1", text)


def _short(value: Any) -> str:
    """What JSON has no word for: a result may be anything, and of any size."""
    import reprlib

    return reprlib.repr(value)


def _text(error: BaseException) -> str:
    try:
        return short_paths(str(error))[:TEXT_LIMIT]
    except Exception as broken:  # a user's __str__ may raise; the record says so rather than losing the event
        return f"<{type(error).__name__}.__str__ raised {broken!r}>"
