"""What the stacks of a program say, whatever its pools are: whose code that is, who asks a pool for something, and which message
is half through. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from repro.verdicts.stacks import Frame, Thread

#: The files of Python itself and of what is installed: what is not there, is the program. So is not what stands in for
#: ``os.wait`` in the suite's own cells.
LIBRARY = re.compile(
    r"/lib/(python|pypy)\d\.\d+/|/site-packages/|/dist-packages/|^<frozen |^<string>$|/lib-python/|/repro/subject/exits\.py$"
    r"|/safepool/(core|engine|interfaces|protocol|worker)/\w+\.py$"
)

#: Functions by which a thread asks a pool for results, or for its end; and the files in which they stand.
ASKS = {
    "multiprocessing/pool.py": ("get", "wait", "next", "join", "terminate", "_terminate_pool", "__exit__"),
    "multiprocess/pool.py": ("get", "wait", "next", "join", "terminate", "_terminate_pool", "__exit__"),
    "billiard/pool.py": ("get", "wait", "next", "join", "terminate"),
    "concurrent/futures/_base.py": ("result", "exception", "wait", "as_completed", "result_iterator", "__exit__"),
    "concurrent/futures/process.py": ("shutdown", "submit", "_python_exit", "_chain_from_iterable_of_lists"),
    "loky/process_executor.py": ("shutdown", "submit", "_python_exit"),
    "joblib/parallel.py": ("retrieve", "_retrieve", "__call__"),
    "torch/utils/data/dataloader.py": ("__next__", "_next_data", "_get_data", "_try_get_data"),
    "pebble/pool/base_pool.py": ("next", "join"),
    "safepool/interfaces/results.py": ("get", "wait", "until_error"),
    "safepool/interfaces/iterators.py": ("next",),
    "safepool/interfaces/futures.py": ("result", "exception"),
    "safepool/interfaces/executor.py": ("results", "shutdown", "__exit__"),
    "safepool/interfaces/pool.py": ("join", "terminate", "__exit__"),
}
#: Of those, the ones that end a pool.
ENDS = frozenset({"join", "terminate", "_terminate_pool", "__exit__", "shutdown", "_python_exit"})


def asks(thread: Thread) -> Frame | None:
    """The innermost frame by which a thread asks a pool for something; None where it does not."""
    return asking(thread.frames)


def asking(frames: Iterable[Frame]) -> Frame | None:
    """The same of some frames, innermost first."""
    for frame in frames:
        if not LIBRARY.search(frame.file):
            return None  # the program's own code has been called back: that is what it waits in
        for file, functions in ASKS.items():
            if f"/{frame.file}".endswith(f"/{file}") and frame.function in functions:
                return frame
    return None


def program_frame(frames: Iterable[Frame]) -> Frame | None:
    """The innermost frame in the program's own code."""
    return next((frame for frame in frames if not LIBRARY.search(frame.file)), None)


def place(frame: Frame) -> str:
    """``job.py:31``."""
    return f"{frame.file.rpartition('/')[2]}:{frame.line}"


def called_at(thread: Thread) -> str:
    """``map at job.py:31``: what the program has called, and where; the innermost function where the program is not seen."""
    for number, frame in enumerate(thread.frames):
        if not LIBRARY.search(frame.file):
            called = thread.frames[number - 1].function if number else frame.function
            return f"{called}() at {place(frame)}" if number else f"{frame.function}() at {place(frame)}"
    return thread.waits_in


def half_message(thread: Thread) -> tuple[str, int, int] | None:
    """The message that a thread is in the middle of: direction (in, out), size, remaining bytes. None where it is in none.

    Of frames in Lib/multiprocessing/connection.py; the same that ``repro.subject.stacks`` reads from within.
    """
    for inner, outer in zip(thread.frames, thread.frames[1:], strict=False):
        if not inner.file.endswith("connection.py"):
            continue
        size, remaining = _number(inner.values.get("size")), _number(inner.values.get("remaining"))
        if inner.function == "_recv" and outer.function == "_recv_bytes" and "size" in outer.values:
            if size is not None:
                return "in", size, size if remaining is None else remaining
        elif inner.function == "_send" and outer.function == "_send_bytes":
            whole = _number(outer.values.get("n"))
            if whole is not None and remaining is not None and 12 < remaining <= whole:
                return "out", whole, remaining
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,18}", text) else None


def task(inner: Sequence[Frame]) -> str:
    """A call in the words of its own frame: the outermost frame of the program's within the pool's loop, with its arguments."""
    outer = next((frame for frame in reversed(inner) if not LIBRARY.search(frame.file)), None)
    if outer is None:
        return f"{inner[-1].function}()" if inner else ""
    return f"{outer.function}({arguments(outer)}) at {place(outer)}"


def arguments(frame: Frame, room: int = 60) -> str:
    """``path='photo-3.jpg', size=3``: the first of a frame's values, short."""
    told = ", ".join(f"{name}={value}" for name, value in list(frame.values.items())[:3])
    return told if len(told) <= room else told[: room - 3] + "..."
