"""A snapshot without what may be a secret: values and arguments of the program, and where its files lie. What the diagnosis
looks at stays. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from repro.diagnose.asks import LIBRARY
from repro.diagnose.snapshot import Seen, Snapshot
from repro.subject.events import short_paths
from repro.verdicts.stacks import Frame, Thread

#: Stands in place of what was taken out.
GONE = "..."

#: Values of the pools' own functions that say nothing of the program's: numbers, None, and which object it is.
_FOLDERS = (r"/(site|dist)-packages/", r"/lib/(python|pypy)\d\.\d+/")
_STARTED = re.compile(r"from (multiprocessing|multiprocess|billiard|loky|joblib\.externals\.loky)(\.\w+)* import \w+")
_PLAIN = re.compile(r"-?\d{1,18}|None|True|False|\{\}|\[\]|\(\)|<[\w.]+ at 0x[0-9a-f]+>")


def redacted(taken: Snapshot) -> Snapshot:
    """The same without values of the program's own functions, without the contents of others, and without a command's
    arguments."""
    return replace(taken, processes=[_seen(one) for one in taken.processes], redacted=True)


def _seen(one: Seen) -> Seen:
    calls = [replace(call, targets=tuple(map(short_paths, call.targets))) for call in one.calls]
    threads = [_thread(thread) for thread in one.threads]
    name = one.name.partition(" ")[0]  # a program may call itself what it wants, and its arguments, too
    return replace(one, command=short_paths(command(one.command)), name=name, calls=calls, threads=threads)


def command(told: str) -> str:
    """A command with its program, and what a Python runs: ``python -m job ...``. Code is taken out, but for that by which a pool
    starts its processes: ``python -c from multiprocessing.spawn import spawn_main ...``."""
    words = told.split(" ")
    kept = 1
    while kept < len(words) and words[kept].startswith("-"):
        kept += 1
        if words[kept - 1] in ("-m", "-c"):
            break
    code = "-c" in words[:kept]
    started = code and _STARTED.match(" ".join(words[kept:]))
    if started:
        return " ".join([*words[:kept], started[0], GONE])
    return " ".join(
        [*words[:kept], *([] if code else words[kept : kept + 1]), *([GONE] if len(words) > kept + (not code) else [])]
    )


def _thread(thread: Thread) -> Thread:
    return replace(thread, frames=tuple(_frame(frame) for frame in thread.frames))


def _frame(frame: Frame) -> Frame:
    ours = bool(LIBRARY.search(frame.file))
    values = _values(frame.values, ours)
    return replace(frame, file=_file(frame.file), values=values, source=frame.source if ours else "")


def _file(told: str) -> str:
    """``/lib/python3.12/queue.py`` of a library, the last three parts of any other: whose folder that is, is nobody's
    business."""
    for folder in _FOLDERS:
        if found := re.search(folder, told):
            return told[found.start() :]
    parts = told.split("/")
    return "/" + "/".join(parts[-3:]) if len(parts) > 3 else told


def _values(values: Mapping[str, str], library: bool) -> dict[str, str]:
    return {name: _value(value) if library else GONE for name, value in values.items()}


def _value(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return "{...}" if value.startswith("{") else GONE
