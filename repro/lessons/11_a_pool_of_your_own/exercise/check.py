"""Judges mypool.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import Any, Callable

sys.path.insert(0, sys.argv[2])

import mypool


class Bad(Exception):
    """key: of the finding."""


def double(number: int) -> int:
    time.sleep(0.05)
    return 2 * number


def who(number: int) -> int:
    time.sleep(0.3)
    return os.getpid()


def fails(number: int) -> Any:
    if number == 3:
        raise ValueError(number)
    return (lambda: 0) if number == 5 else number


def dies(number: int) -> int:
    if number == 2:
        os._exit(1)
    if number == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 6:
        sys.exit(3)
    return double(number)


def always_dies(number: int) -> int:
    os._exit(number)


def leaves_a_helper(number: int) -> int:
    if number == 2:
        if os.fork() == 0:
            time.sleep(60)
        os._exit(1)
    return number


def stops(number: int) -> int:
    os.kill(os.getpid(), signal.SIGSTOP)
    return number


def outcomes(pool: mypool.Pool, function: Callable[[int], Any], inputs: list[int]) -> list[tuple[Any, Any]]:
    try:
        return [(one.value, one.error) for one in pool.outcomes(function, inputs)]
    except Exception as error:
        raise Bad("raises", repr(error)) from error


def want(found: list[tuple[Any, Any]], inputs: list[int], lost: dict[int, str], key: str) -> None:
    """Every input has its double, but those that are lost, whose error has such words in it."""
    if len(found) != len(inputs):
        raise Bad(key, f"{len(found)} outcomes for {len(inputs)} inputs")
    for number, (value, error) in zip(inputs, found):
        if number in lost:
            if not isinstance(error, mypool.WorkerDied):
                raise Bad("no-death", f"the outcome for {number} is {value!r}, {error!r}")
            if lost[number] not in str(error):
                raise Bad("unnamed", f"{lost[number]!r} was to be in {str(error)!r}")
        elif error is not None or value != 2 * number:
            raise Bad(key, f"the outcome for {number} is {value!r}, {error!r}")


def results() -> None:
    pool = mypool.Pool(3)
    want(outcomes(pool, double, list(range(1, 10))), list(range(1, 10)), {}, "results")
    pids = {value for value, _ in outcomes(pool, who, [1, 2, 3])}
    if len(pids) != 3 or os.getpid() in pids:
        raise Bad("workers", f"they were run by {len(pids)} processes")


def errors() -> None:
    pool = mypool.Pool(3)
    found = outcomes(pool, fails, [1, 2, 3, 4, 5])
    kinds = [type(error).__name__ if error is not None else value for value, error in found]
    if kinds[:2] + kinds[3:4] != [1, 2, 4] or kinds[2] != "ValueError" or found[4][1] is None:
        raise Bad("errors", f"{kinds!r}")
    if isinstance(found[4][1], mypool.WorkerDied):
        raise Bad("errors", "the worker whose result could not be pickled has ended")
    want(outcomes(pool, double, [1, 2, 3]), [1, 2, 3], {}, "results")


def deaths() -> None:
    pool = mypool.Pool(5)
    inputs = [1, 2, 3, 4, 5, 6, 7, 8]
    want(outcomes(pool, dies, inputs), inputs, {2: "exit status 1", 4: "SIGKILL", 6: "exit status 3"}, "innocents")


def replacements() -> None:
    pool = mypool.Pool(2)
    inputs = [11, 12, 13, 14, 15]
    want(outcomes(pool, always_dies, inputs), inputs, {one: f"exit status {one}" for one in inputs}, "replaced")
    want(outcomes(pool, double, [1, 2, 3]), [1, 2, 3], {}, "replaced")
    for child in multiprocessing.active_children():
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    want(outcomes(pool, double, [1, 2, 3]), [1, 2, 3], {}, "replaced")


def ending() -> None:
    pool = mypool.Pool(2)
    found: list[list[tuple[Any, Any]]] = []
    thread = threading.Thread(target=lambda: found.append(outcomes(pool, leaves_a_helper, [1, 2, 3])), daemon=True)
    thread.start()
    thread.join(8)
    if not found:
        raise Bad("helper", "8 seconds after the call there was no outcome")
    if not isinstance(found[0][1][1], mypool.WorkerDied):
        raise Bad("helper", f"its outcome is {found[0][1]!r}")
    other = mypool.Pool(2)

    def is_cut_off() -> None:
        with contextlib.suppress(Bad):  # an error is right: the pool is closed while it has this task
            outcomes(other, stops, [1])

    threading.Thread(target=is_cut_off, daemon=True).start()
    time.sleep(0.5)
    for one in (pool, other):
        closing = threading.Thread(target=one.close, daemon=True)
        closing.start()
        closing.join(8)
    if left := multiprocessing.active_children():
        for child in left:
            child.kill()
        raise Bad("left", f"{len(left)} workers are left")


CHECKS = {"results": results, "errors": errors, "deaths": deaths, "replacements": replacements, "ending": ending}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]]()
        print("holds", flush=True)
        status = 0
    except Bad as bad:
        print("finding:", *bad.args, flush=True)
        status = 1
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(status)
