"""How the processes of a cell wait for each other: by files in its directory, which no fault can break."""

from __future__ import annotations

import os
import signal
import time
from typing import Callable, Iterable

from . import cell

#: How long the faulty task waits for its neighbours to start, in seconds. A pool with fewer workers than it was asked
#: for never starts them; the fault fires then all the same.
NEIGHBOURS_START_WITHIN = 2.0
#: How long is waited for a task that has to start before anything can happen, in seconds: on a busy machine, the start of a
#: process takes seconds.
STARTS_WITHIN = 60.0
#: The inputs of the call that warms the pool up start here: one for each worker.
WARM_UP_INPUTS = 201


def started_file(number: int) -> str:
    """The file that says that the task with this input has started, and holds the pid of its worker."""
    return cell.current().path(f"started-{number}")


def armed_file(number: int) -> str:
    """The file that says that the task with this input has done what it had to do before the fault can hit it."""
    return started_file(number) + ".armed"


def mark(path: str) -> None:
    """Make this file, with this process's pid in it. It appears whole."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as file:
        file.write(str(os.getpid()))
    os.replace(temporary, path)


def mark_started(number: int) -> None:
    """Say that this process has started the task."""
    mark(started_file(number))


def kill_all(pids: Iterable[int]) -> None:
    """SIGKILL to each: to the others, too, where a pool that is quick has noticed the first, and ended one of them itself."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def await_started(numbers: Iterable[int]) -> None:
    """Wait until these tasks have started, or for NEIGHBOURS_START_WITHIN."""
    await_files(map(started_file, numbers), NEIGHBOURS_START_WITHIN)


def await_armed(numbers: Iterable[int]) -> None:
    """Wait until these tasks have marked their armed_file, or for NEIGHBOURS_START_WITHIN."""
    await_files(map(armed_file, numbers), NEIGHBOURS_START_WITHIN)


def await_files(paths: Iterable[str], within: float, every: float = 0.001) -> None:
    """Wait until these files are there, or for so many seconds. every: the time between two looks, in seconds."""
    deadline = time.monotonic() + within
    waiting = list(paths)
    while waiting and time.monotonic() < deadline:
        waiting = [path for path in waiting if not os.path.exists(path)]
        time.sleep(every)


def await_true(condition: Callable[[], bool], within: float) -> bool:
    """Wait until a condition holds, or for so many seconds; say whether it holds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.0005)
    return True


def say(name: str) -> None:
    """Make an empty file in the cell's directory: a word to whoever awaits it with ``await_files``."""
    with open(cell.current().path(name), "w"):
        pass


def main_pid() -> int:
    """The pid of the program's first process, the parent of the pool; also its process group, and its session."""
    return os.getsid(0)


def worker_of(number: int) -> int:
    """The pid of the worker that started the task with this input, or that starts it within STARTS_WITHIN.

    Raises FileNotFoundError where none does. That must not end a program early, as if its pool had: the watchdog comes before.
    """
    await_files([started_file(number)], STARTS_WITHIN, 0.01)
    with open(started_file(number)) as file:
        return int(file.read())
