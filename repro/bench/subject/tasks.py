"""What the workers do. A module of its own, so that a spawned worker imports nothing else."""

from __future__ import annotations

import os
import time


def noop(_value: object = None) -> None:
    """Nothing: what remains is the pool's own cost."""


def busy_10_us(_value: object = None) -> None:
    """Ten microseconds of computing."""
    end = time.perf_counter_ns() + 10_000
    while time.perf_counter_ns() < end:
        pass


def echo(value: object) -> object:
    """There and back."""
    return value


def meet(place: tuple[str, int, int]) -> None:
    """Wait until so many workers are in this folder, each with a task of its own."""
    folder, count, number = place
    os.close(os.open(os.path.join(folder, str(number)), os.O_CREAT | os.O_WRONLY, 0o600))
    while len(os.listdir(folder)) < count:
        time.sleep(0.01)


def die(path: str) -> None:
    """Note the time in `path`, and end this process at once."""
    data = str(time.monotonic_ns()).encode()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(fd, data)
    os._exit(1)


def file_of_safepool(_value: object = None) -> object:
    """The file of the safepool that this process has, or would have."""
    import safepool

    return safepool.__file__
