"""Latencies in letters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from repro.records.shown import text as clean
from repro.report.pictures.latency import Latencies
from repro.report.tables import label

#: The columns, in columns.
ROOM = 8


def render(title: str, rows: Sequence[Latencies], width: int) -> str:
    """A line for each pool, and how many were told within 1, 10, 100 ms, 1 s, later, and never. width: in columns."""
    names = {row.pool: clean(label(row.pool)) for row in rows}
    name = max(map(len, names.values()), default=0)
    heads = ("1 ms", "10 ms", "100 ms", "1 s", "later", "never")
    lines = [title, "", f"{'':{name}}" + "".join(f"{word:>{ROOM}}" for word in heads)]
    for row in rows:
        counts = [0] * 5
        for ms in row.told:
            counts[sum(ms > bound for bound in (1, 10, 100, 1000))] += 1
        lines.append(f"{names[row.pool]:{name}}" + "".join(f"{count:>{ROOM},}" for count in (*counts, row.never)))
    told = (textwrap.wrap(f"{names[row.pool]}: {row.in_words}.", width, subsequent_indent="    ") for row in rows)
    return "\n".join([*lines, "", *(line for lines_ in told for line in lines_)]) + "\n"
