"""Judges outcome.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[2])

from outcome import run


def double(number: int) -> int:
    return 2 * number


def nothing() -> None:
    pass


def large(size: int) -> bytes:
    return b"x" * size


def slow() -> str:
    time.sleep(1.5)
    return "at last"


def fails() -> None:
    raise ValueError("no such thing")


def exits(status: int) -> None:
    sys.exit(status)


def exits_at_once(status: int) -> None:
    os._exit(status)


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


#: By name: what is called, and what run() has to return.
CHECKS: dict[str, Any] = {
    "returns": [((double, 21), ("returned", 42)), ((nothing,), ("returned", None))],
    "raises": [((fails,), ("raised", "ValueError"))],
    "exits": [((exits, 3), ("exited", 3)), ((exits, 0), ("exited", 0))],
    "exits-at-once": [((exits_at_once, 3), ("exited", 3)), ((exits_at_once, 0), ("exited", 0))],
    "killed": [((is_killed,), ("killed", "SIGKILL"))],
    "large": [((large, 1 << 20), ("returned", b"x" * (1 << 20)))],
    "slow": [((slow,), ("returned", "at last"))],
}


def finding(name: str, wanted: tuple[str, Any], got: Any) -> str:
    """The key of what is wrong with an answer."""
    if not (isinstance(got, tuple) and len(got) == 2):
        return "no-pair"
    kind = got[0]
    if wanted[0] == "exited" and kind == "returned":
        return "status-as-result"
    if wanted[0] == "exited" and kind == "raised":
        return "caught-too-much"
    if name == "killed":
        return "signal"
    if name == "slow":
        return "gave-up"
    return "other"


if __name__ == "__main__":
    for (function, *args), wanted in CHECKS[sys.argv[1]]:
        got = run(function, *args)
        if got != wanted:
            shown = f"{function.__name__}{tuple(args)}: {wanted!s:.60} was to come, and it was {got!r:.60}"
            print("finding:", finding(sys.argv[1], wanted, got), shown, flush=True)
            break
    else:
        print("holds", flush=True)
