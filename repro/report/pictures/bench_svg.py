"""A benchmark, drawn: a row for each figure, and on a logarithmic axis how many times as good as Pool each pool is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from repro.report.pictures.bench import Row, times
from repro.report.pictures.svg import Drawing

WIDTH = 960.0
LEFT, RIGHT = 330.0, 60.0
LINE = 17.0
COLOURS = ("none", "good", "told", "kept", "bad")


def render(title: str, subtitle: str, rows: Sequence[Row]) -> str:
    """The SVG. title, subtitle: above it."""
    drawing = Drawing(WIDTH, title, ". ".join(row.in_words for row in rows))
    drawing.head(subtitle)
    pools = list(dict.fromkeys(mark.pool for row in rows for mark in row.marks))
    ends = [end for row in rows for mark in row.marks for end in (mark.low, mark.high)]
    first = min(-1, math.floor(math.log10(min(ends, default=1.0)) * 2) / 2)
    last = max(1, math.ceil(math.log10(max(ends, default=1.0)) * 2) / 2)
    scale = (WIDTH - LEFT - RIGHT) / (last - first)

    def x(ratio: float) -> float:
        return LEFT + (math.log10(ratio) - first) * scale

    top = y = 74.0
    for row in rows:
        height = LINE * len(row.marks) + 8
        drawing.box(8, y, WIDTH - 16, height - 3, "panel", round_=6)
        drawing.text(20, y + 16, row.title, size=12)
        if len(row.marks) > 1:
            drawing.text(20, y + 31, f"Pool: {row.reference:,.4g} {row.unit}", "dim", 11)
        for place, mark in enumerate(row.marks):
            middle = y + 12 + place * LINE
            colour = COLOURS[pools.index(mark.pool) % len(COLOURS)]
            drawing.line(x(mark.low), middle, x(mark.high), middle, colour, 2)
            hint = f"{mark.pool}: {mark.value:,.4g} {row.unit}, {times(mark.low)} to {times(mark.high)}"
            drawing.box(x(mark.middle) - 4, middle - 5, 8, 10, colour, hint, round_=2)
            words = f"{mark.pool.removeprefix('concurrent.futures.')} {times(mark.middle)}"
            beside = x(mark.high) + 9 + 6.6 * len(words) < WIDTH - 12
            at = x(mark.high) + 9 if beside else x(mark.low) - 9
            drawing.text(at, middle + 4, words, colour, 11, "start" if beside else "end", True)
        y += height
    for ratio in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100):
        if first <= math.log10(ratio) <= last:
            drawing.line(
                x(ratio),
                top,
                x(ratio),
                y,
                "dim" if ratio == 1 else "line",
                1.5 if ratio == 1 else 1,
                "" if ratio == 1 else "2 4",
            )
            drawing.text(x(ratio), y + 14, "as Pool" if ratio == 1 else f"{ratio:g}x", "dim", 11, "middle")
    drawing.text(20, y + 14, "to the right of the line is better than Pool", "dim", 11)
    return drawing.render()
