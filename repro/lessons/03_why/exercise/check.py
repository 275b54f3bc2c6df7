"""Judges ledger.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any, Callable

sys.path.insert(0, sys.argv[2])

from ledger import lost


def square(number: int) -> int:
    return number * number


def exits_at_5(number: int) -> int:
    if number == 5:
        sys.exit(1)
    return number * number


def exits_at_1_and_12(number: int) -> int:
    if number in (1, 12):
        os._exit(0)
    return number * number


def is_killed_at_7(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def takes_long_at_2(number: int) -> int:
    if number == 2:
        time.sleep(1.5)
    if number == 3:
        sys.exit(1)
    return number * number


#: By name: the function, and the inputs that have to be named.
CHECKS: dict[str, tuple[Callable[[int], int], list[int]]] = {
    "fine": (square, []),
    "one": (exits_at_5, [5]),
    "two": (exits_at_1_and_12, [1, 12]),
    "killed": (is_killed_at_7, [7]),
    "slow": (takes_long_at_2, [3]),
}
INPUTS = list(range(1, 13))


def finding(got: Any, gone: list[int]) -> str:
    """The key of what is wrong with an answer; "" where nothing is."""
    if not (isinstance(got, tuple) and len(got) == 2 and isinstance(got[0], dict) and isinstance(got[1], list)):
        return "no-pair"
    results, named = got
    if set(named) - set(gone):
        return "too-many"
    if named != gone:
        return "too-few"
    return "" if results == {one: one * one for one in INPUTS if one not in gone} else "results"


if __name__ == "__main__":
    function, gone = CHECKS[sys.argv[1]]
    got = lost(function, INPUTS)
    found = finding(got, gone)
    print(f"finding: {found} {gone} are lost, and it was {got!r:.200}" if found else "holds", flush=True)
