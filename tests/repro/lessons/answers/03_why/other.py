"""A solution that is built differently: whoever holds the lock of a file is alive, and has the task."""

from __future__ import annotations

import fcntl
import functools
import os
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Pool

held = []


def locked(folder: str, function: Callable[[int], int], number: int) -> int:
    fd = os.open(os.path.join(folder, f"{number}.new"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC)
    fcntl.flock(fd, fcntl.LOCK_EX)
    held.append(fd)  # until this process ends
    os.rename(os.path.join(folder, f"{number}.new"), os.path.join(folder, str(number)))
    return function(number)


def is_free(folder: str, number: int) -> bool:
    try:
        fd = os.open(os.path.join(folder, str(number)), os.O_WRONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    with tempfile.TemporaryDirectory() as folder, Pool(processes=3) as pool:
        answers = {
            number: pool.apply_async(functools.partial(locked, folder, function), (number,)) for number in inputs
        }
        gone: list[int] = []
        while any(not answer.ready() and number not in gone for number, answer in answers.items()):
            time.sleep(0.05)
            free = [number for number in inputs if is_free(folder, number)]
            time.sleep(0.2)  # what was sent, has arrived by now
            gone = [number for number in free if not answers[number].ready()]
        return {number: answer.get() for number, answer in answers.items() if number not in gone}, gone
