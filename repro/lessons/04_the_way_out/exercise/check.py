"""Judges outcomes.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from typing import Any

sys.path.insert(0, sys.argv[2])

from outcomes import outcomes


def task(what: tuple[str, int]) -> int:
    kind, number = what
    if kind == "raises":
        raise ValueError(number)
    if kind == "exits":
        sys.exit(number % 2)
    if kind == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "ends":
        os._exit(0)
    time.sleep(0.02)
    return 10 * number


#: By name: what the tasks do that do not just return, by number; and how many tasks there are.
CHECKS: dict[str, tuple[dict[int, str], int]] = {
    "all-well": ({}, 12),
    "raises": ({5: "raises"}, 12),
    "exits": ({4: "exits", 7: "exits"}, 12),
    "one-dies": ({5: "is killed"}, 12),
    "two-die": ({2: "ends", 9: "ends"}, 12),
    "first-dies": ({0: "is killed"}, 60),
}
OUTCOMES = {"raises": ("raised", "ValueError"), "exits": ("raised", "SystemExit")}


def finding(name: str) -> str:
    special, count = CHECKS[name]
    wanted = [OUTCOMES.get(special[n], ("died", None)) if n in special else ("returned", 10 * n) for n in range(count)]
    try:
        got: Any = outcomes(task, [(special.get(number, "returns"), number) for number in range(count)])
    except SystemExit as error:
        return f"exit-escapes {error!r}"
    except BrokenProcessPool as error:
        return f"broken-escapes {error!r:.60}"
    except Exception as error:
        return f"stopped {error!r:.60}"
    if got == wanted:
        return ""
    if not isinstance(got, list) or len(got) != count:
        return f"other {count} pairs were to come, and it was {got!r:.60}"
    wrong = [number for number in range(count) if got[number] != wanted[number]]
    seen = f"task {wrong[0]}: {wanted[wrong[0]]} was to come, and it was {got[wrong[0]]!r:.40}"
    if got[wrong[0]] == ("died", None):
        return f"innocents {len(wrong)} of them; {seen}"
    return f"other {seen}"


if __name__ == "__main__":
    found = finding(sys.argv[1])
    print("finding: " + found if found else "holds", flush=True)
