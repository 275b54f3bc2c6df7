"""Judges settle.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from typing import Any

#: What settle.py imports: it ends the process where and as often as the check's file says, counted in files.
CHARGE = """\
import os

HERE = os.path.dirname(os.path.abspath(__file__))
DEATHS = dict(line.split() for line in open(os.path.join(HERE, "deaths.txt")))


def end(order, where):
    place, times = DEATHS.get(order, "never-0").split("-")
    if place != where:
        return
    if times == "always":
        os._exit(1)
    for number in range(int(times)):
        try:
            os.close(os.open(os.path.join(HERE, f"{order}-died-{number}"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        os._exit(1)


def charge(order):
    end(order, "before")
    return order


def done(order):
    end(order, "after")
"""

#: By name: how many orders, and which die where, how often.
CHECKS: dict[str, tuple[int, dict[int, str]]] = {
    "all-well": (6, {}),
    "dies-before": (6, {3: "before-1"}),
    "dies-after": (6, {2: "after-1"}),
    "dies-always": (6, {4: "before-always"}),
    "many": (12, {1: "before-1", 3: "after-1", 5: "before-always", 8: "after-1", 10: "before-1"}),
}


def finding(name: str, folder: str) -> str:
    count, deaths = CHECKS[name]
    orders = [f"order-{number}" for number in range(1, count + 1)]
    with open(os.path.join(folder, "charge.py"), "w") as module:
        module.write(CHARGE)
    with open(os.path.join(folder, "deaths.txt"), "w") as file:
        file.writelines(f"order-{number} {how}\n" for number, how in deaths.items())
    bookings = os.path.join(folder, "bookings")
    os.mkdir(bookings)

    from settle import settle

    wanted = [f"order-{number}" for number, how in deaths.items() if how.endswith("-always")]
    try:
        failed: Any = settle(list(orders), bookings)
    except BrokenProcessPool as error:
        return f"escapes {error!r:.60}"
    booked: Counter[str] = Counter()
    for one in os.listdir(bookings):
        with open(os.path.join(bookings, one)) as file:
            booked[file.read()] += 1
    if not isinstance(failed, list):
        return f"other a list was to come, and it was {failed!r:.60}"
    if twice := [order for order in orders if booked[order] > 1]:
        return f"twice {', '.join(twice)}"
    if lost := [order for order in orders if not booked[order] and order not in failed]:
        return f"missing {', '.join(lost)}"
    if blamed := [order for order in failed if order not in wanted]:
        return f"innocents {', '.join(blamed)}"
    if failed != wanted or set(booked) != set(orders) - set(wanted):
        return f"other {wanted} were to fail, and it was {failed!r:.60}"
    return ""


if __name__ == "__main__":
    here = os.getcwd()  # a folder of the check's own
    sys.path[:0] = [sys.argv[2], here]
    found = finding(sys.argv[1], here)
    print("finding: " + found if found else "holds", flush=True)
