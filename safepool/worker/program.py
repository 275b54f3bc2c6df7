"""How is a fresh interpreter started that runs a function of ours? (a template that is none by fork, a worker of ``spawn``)

An interpreter is told by ``-c``. A *frozen* program (PyInstaller, cx_Freeze) is its own interpreter and knows no ``-c``: told
so, it runs the program once more, which makes a pool, which runs the program once more ... What it knows is
``multiprocessing.freeze_support()``, which answers the command line of :func:`multiprocessing.spawn.get_command_line`: it
reads from a pipe what to prepare, and a process object whose ``_bootstrap()`` it calls. So that is what it gets: nothing to
prepare, and an :class:`Entry`.

``-c`` stays where it works: it finds this package wherever it was imported from, and needs no pipe.
"""

import contextlib
import os
import pickle
import sys
from types import FunctionType
from typing import Any, Callable, Iterable, Iterator, List, Tuple

from ..protocol.descriptors import close_all
from ..protocol.originals import System, cooperative


class _System:
    """The module ``os``, but that a descriptor is closed whatever close(2) says (EINTR, EIO)."""

    def __getattr__(self, name: str) -> Any:
        return getattr(System if hasattr(System, name) else os, name)

    @staticmethod
    def close(fd: int) -> None:
        close_all([fd])


def spawn(command: List[str], passed: Iterable[int]) -> int:
    """Start it with these descriptors; its pid. Raises OSError if it cannot be started.

    This is :func:`multiprocessing.util.spawnv_passfds`, which closes a pipe of its own once the process is there: if that failed,
    nobody would know which process to reap.
    """
    from multiprocessing import util

    function: Any = FunctionType(util.spawnv_passfds.__code__, {**vars(util), "os": _System()})
    pid: int = function(os.fsencode(command[0]), command, sorted({*passed}))
    return pid


class Entry:
    """For ``spawn_main`` a process object, which runs a function."""

    def __init__(self, function: Callable[..., Any], arguments: Tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments

    def _bootstrap(self, parent_sentinel: int) -> int:
        cooperative("os", "close")(parent_sentinel)
        self.function(*self.arguments)
        return 0


@contextlib.contextmanager
def command_line(
    options: Any, function: Callable[..., Any], arguments: Tuple[Any, ...], tracker_fd: int
) -> Iterator[Tuple[List[str], List[int]]]:
    """The command that runs ``function(*arguments)``, and the descriptors that it has to inherit for that."""
    if not getattr(sys, "frozen", False):
        code = f"from {function.__module__} import {function.__name__}; {function.__name__}{arguments!r}"
        code = f"import sys; sys.path.append({options['home']!r}); {code}"
        yield [options["executable"], *options["flags"], "-c", code, "--multiprocessing-fork"], []
        return
    from multiprocessing import spawn

    read, write = System.pipe()
    try:
        try:
            # Small enough for a pipe that nobody reads yet.
            System.write(write, pickle.dumps({}) + pickle.dumps(Entry(function, arguments)))
        finally:
            close_all([write])
        yield spawn.get_command_line(tracker_fd=tracker_fd if tracker_fd >= 0 else None, pipe_handle=read), [read]
    finally:
        close_all([read])
