"""The tables of ``reports/diagnose/``: a pure function of its records.

``python -m tests.repro.acceptance.diagnose.tables FOLDER > FOLDER/tables.md``
"""

from __future__ import annotations

import json
import lzma
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from repro.diagnose.kinds import HEALTHY, PAGES, STUCK, Kind
from repro.report.grid import tabulate
from repro.versions import release_of
from tests.repro.acceptance.diagnose import asking, pauses, right

HUNG, WELL, PAUSES = "hung.jsonl.xz", "healthy.jsonl.xz", "pauses.jsonl"

Record = dict[str, Any]


def read(file: Path) -> list[Record]:
    """Records, in the order in which they are told: it does not matter which program was done first."""
    several = [json.loads(line) for line in lzma.decompress(file.read_bytes()).decode().splitlines()]
    return sorted(several, key=lambda one: (release_of(one["python"]), json.dumps(one, sort_keys=True)))


def verdict(one: Record) -> str:
    """``right``, ``cannot tell`` or ``wrong``, of a diagnosis of a program that hung."""
    return right.judge(one["diagnosis"], right.right(one["scenario"], one["pool"], one["python"]))


def verdict_when_well(one: Record) -> str:
    """The same of a program that does not hang: it is right not to call it stuck."""
    status = PAGES[Kind(one["diagnosis"])].status
    return {HEALTHY: "right", STUCK: "wrong"}.get(status, "cannot tell")


def report(hung: Sequence[Record], well: Sequence[Record], looked: Sequence[Record] = ()) -> str:
    """The page. hung, well: of programs that hang, and of those that do not. looked: how long answers took (``pauses``)."""
    asked = [one for one in hung if one["mode"]]
    parts = [
        "# What `repro diagnose` says",
        "Programs that really hung, and programs that are only slow, each diagnosed from outside. *right*: one of the "
        "diagnoses that the scenario's prose gives (`tests/repro/acceptance/diagnose/right.py`), or for a program that is "
        "not stuck, any that does not call it so.",
        sentence(hung, well),
        "## Programs that hang",
        _summary(asked, verdict),
        _ended(hung),
        "## Programs that do not hang",
        f"{len({_name(one) for one in well})} programs; {_pythons(well)}.",
        _summary(well, verdict_when_well),
        _THRASHES,
        _looked(looked),
    ]
    for mode in asking.MODES:
        several = [one for one in asked if one["mode"] == mode]
        parts += [f"## Diagnosis by scenario: {mode}", _LEGEND, _confusion(several, verdict)]
    for mode in asking.MODES:
        several = [one for one in well if one["mode"] == mode]
        parts += [
            f"## Diagnosis by program that does not hang: {mode}",
            _LEGEND,
            _confusion(several, verdict_when_well),
        ]
    return "\n\n".join(filter(None, parts)) + "\n"


def sentence(hung: Sequence[Record], well: Sequence[Record]) -> str:
    """The figures in words, as README has them."""
    asked = [one for one in hung if one["mode"]]
    told = []
    for mode in asking.MODES:
        number, counts = figures(asked, verdict, mode)
        right_ones, open_ones, wrong = (counts[name] for name in ("right", "cannot tell", "wrong"))
        told.append(f"{_IN_WORDS[mode]} {right_ones} were told rightly, {open_ones} not at all, {wrong} wrongly")
    stuck = len({_name(one) for one in well if verdict_when_well(one) == "wrong"})
    healthy = len({_name(one) for one in well})
    return (
        f"Of {number} programs that really hung ({_pythons(asked)}), {'; '.join(told)}. Of {healthy} programs that only "
        f"compute, wait or idle, {stuck or 'none'} {'were' if stuck > 1 else 'was'} called stuck."
    )


_IN_WORDS = {asking.WITH: "with py-spy", asking.WITHOUT: "without", asking.NOBODY: "by another user"}


def _name(one: Record) -> tuple[str, str, str, str]:
    return one["scenario"], one["pool"], one["start_method"], one["python"]


_LEGEND = "How many programs (one for each Python and start method) were diagnosed so; **!** is a wrong diagnosis."


def figures(several: Iterable[Record], judge: Callable[[Record], str], mode: str) -> tuple[int, Counter[str]]:
    """How many diagnoses there are in a mode, and how many of them are what."""
    counts = Counter(judge(one) for one in several if one["mode"] == mode)
    return counts.total(), counts


def _summary(several: Sequence[Record], judge: Callable[[Record], str]) -> str:
    rows = []
    for mode in asking.MODES:
        number, counts = figures(several, judge, mode)
        seconds = [one["seconds"] for one in several if one["mode"] == mode]
        if number:
            share = f"{counts['cannot tell']} ({counts['cannot tell'] / number:.1%})"
            took = [f"{one:.2f}" for one in (statistics.median(seconds), max(seconds))]
            rows.append([mode, number, counts["right"], share, counts["wrong"], *took])
    return _table(["asked", "diagnoses", "right", "cannot tell", "wrong", "median, s", "longest, s"], rows)


def _confusion(several: Sequence[Record], judge: Callable[[Record], str]) -> str:
    given = [kind.value for kind in Kind if any(one["diagnosis"] == kind for one in several)]
    rows = []
    for scenario, pool in sorted({(one["scenario"], one["pool"]) for one in several}):
        row = [scenario, pool.rpartition(".")[2]]
        for kind in given:
            mine = [
                one for one in several if (one["scenario"], one["pool"], one["diagnosis"]) == (scenario, pool, kind)
            ]
            row.append(f"{len(mine)}{' **!**' * (judge(mine[0]) == 'wrong')}" if mine else "")
        rows.append(row)
    return _table(["scenario", "pool", *given], rows)


_THRASHES = (
    "There is no swap on this machine: *thrashes* reads at random in a mapped file that is four times as large as its memory "
    "cgroup."
)


def _looked(several: Sequence[Record]) -> str:
    """How long an answer takes, and for how long the program does not get to look at the clock meanwhile."""
    rows = []
    for children, mode in sorted({(one["children"], one["mode"]) for one in several}, key=lambda one: (one[0], one[1])):
        mine = [one for one in several if (one["children"], one["mode"]) == (children, mode)]
        took = ["", "", ""]
        if mode != pauses.NOBODY_ASKS:
            seconds = [one["seconds"] for one in mine]
            took = [
                f"{statistics.median(seconds):.2f}",
                f"{max(seconds):.2f}",
                f"{max(one['cpu'] for one in mine):.2f}",
            ]
        rows.append([f"{children:,}", mode, len(mine), *took, f"{max(max(one['gaps']) for one in mine) * 1000:.1f}"])
    text = (
        "## How long an answer takes, and whether it stops the program\n\n"
        "A program and its two workers look at the clock a thousand times a second, before all others; *gap* is the longest time "
        "between two looks of one of them. The command's own start is part of the time; it comes before others (SCHED_RR), as on "
        "a machine that has little else to do. "
        "`python -m tests.repro.acceptance.diagnose.pauses reports/diagnose/pauses.jsonl --children 0 --children 5000`\n\n"
    )
    headers = ["more children", "asked", "times", "median, s", "longest, s", "processor, s, at most", "longest gap, ms"]
    return text + _table(headers, rows) if rows else ""


def soon(looked: Sequence[Record]) -> str:
    """How long an answer takes with py-spy, as README has it: the median, of a small program and of a large one."""
    took = {}
    for children in {one["children"] for one in looked}:
        mine = [one["seconds"] for one in looked if one["children"] == children and one["mode"] == asking.WITH]
        took[children] = statistics.median(mine)
    small, large = min(took), max(took)
    return (
        f"An answer takes {took[small]:.1f} s, and {took[large]:.1f} s where the program has {large:,} more processes"
    )


def _ended(hung: Sequence[Record]) -> str:
    ended = sorted(
        {
            f"`{one['scenario']}` in {one['pool'].rpartition('.')[2]} of {one['python']}"
            for one in hung
            if not one["mode"]
        }
    )
    return f"Did not hang in three attempts, which for some is chance: {', '.join(ended)}." if ended else ""


def _pythons(several: Sequence[Record]) -> str:
    return f"CPython {', '.join(sorted({one['python'] for one in several}, key=release_of))}"


def _table(headers: list[str], rows: list[list[Any]]) -> str:
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def of_folder(folder: Path) -> str:
    return report(read(folder / HUNG), read(folder / WELL), pauses_of(folder))


def pauses_of(folder: Path) -> list[Record]:
    return [json.loads(line) for line in (folder / PAUSES).read_text().splitlines()]


if __name__ == "__main__":
    print(of_folder(Path(sys.argv[1])), end="")
