"""A benchmark in letters: a bar for each ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence

from repro.records.shown import text as clean
from repro.report.pictures.bench import Mark, Row, measure, times


def render(title: str, rows: Sequence[Row], width: int, ascii_: bool = False) -> str:
    """A line for each pool in each benchmark. width: in columns. ascii_: where the locale has no more."""
    names = max((len(_name(mark)) for row in rows for mark in row.marks), default=0)
    room = max(12, width - names - 34)
    most = max((abs(math.log10(mark.middle)) for row in rows for mark in row.marks), default=1.0) or 1.0
    lines = [title]
    for row in rows:
        lines += ["", f"{clean(row.title)} (Pool: {measure(row.reference)} {clean(row.unit)})"]
        for mark in row.marks:
            length = round(abs(math.log10(mark.middle)) / most * room)
            letter = ("+" if ascii_ else "█") if mark.middle >= 1 else ("-" if ascii_ else "░")
            spread = f"{times(mark.low)} to {times(mark.high)}"
            lines.append(f"  {_name(mark):{names}}  {times(mark.middle):>7} {spread:>18}  {letter * length}".rstrip())
    better, worse = ("+", "-") if ascii_ else ("█", "░")
    return (
        "\n".join([*lines, "", f"{better} better than Pool, {worse} worse; each length is the logarithm of the ratio"])
        + "\n"
    )


def _name(mark: Mark) -> str:
    return clean(mark.pool.removeprefix("concurrent.futures."))
