"""Latencies in letters."""

from __future__ import annotations

from collections.abc import Sequence

from repro.records.shown import text as clean
from repro.report.pictures.latency import Latencies


def render(title: str, rows: Sequence[Latencies]) -> str:
    """A line for each pool, and how many were told within 1, 10, 100 ms, 1 s, later, and never."""
    width = max((len(clean(row.pool)) for row in rows), default=0)
    lines = [
        title,
        "",
        f"{'':{width}}  " + "".join(f"{word:>10}" for word in ("1 ms", "10 ms", "100 ms", "1 s", "later", "never")),
    ]
    for row in rows:
        counts = [0] * 5
        for ms in row.told:
            counts[sum(ms > bound for bound in (1, 10, 100, 1000))] += 1
        lines.append(f"{clean(row.pool):{width}}  " + "".join(f"{count:>10}" for count in (*counts, row.never)))
    return "\n".join([*lines, "", *(f"{clean(row.pool)}: {row.in_words}." for row in rows)]) + "\n"
