from __future__ import annotations

import functools
import os
import tempfile
import time
from multiprocessing import Pool
from typing import Callable


def noted(folder: str, function: Callable[[int], int], number: int) -> int:
    """In the worker: write down what it has, before it begins."""
    name = os.path.join(folder, str(number))
    with open(f"{name}.new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(f"{name}.new", name)  # it appears whole
    return function(number)


def worker_of(folder: str, number: int) -> int | None:
    """Which process has begun a task, or None."""
    try:
        with open(os.path.join(folder, str(number))) as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def lost(function: Callable[[int], int], inputs: list[int]) -> tuple[dict[int, int], list[int]]:
    """The results by input, and the inputs whose task took its worker along."""
    results, gone = {}, []
    with tempfile.TemporaryDirectory() as folder, Pool(processes=3) as pool:
        task = functools.partial(noted, folder, function)
        waiting = {number: pool.apply_async(task, (number,)) for number in inputs}
        while waiting:
            for number, answer in list(waiting.items()):
                pid = worker_of(folder, number)
                dead = pid is not None and not lives(pid)
                if dead:
                    answer.wait(0.2)  # it may have been sent before its worker ended
                if answer.ready():
                    results[number] = answer.get()
                elif dead:
                    gone.append(number)
                else:
                    continue
                del waiting[number]
            time.sleep(0.01)
    return results, sorted(gone)
