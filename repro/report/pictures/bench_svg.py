"""A benchmark, drawn: a row for each figure, and on a logarithmic axis how many times as good as Pool each pool is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from repro.report.pictures.bench import Row, measure, times
from repro.report.pictures.svg import Drawing, pixels

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

    top = 74.0
    tops = list(itertools.accumulate((_tall(row) for row in rows), initial=top))
    for row, y in zip(rows, tops, strict=False):
        drawing.box(8, y, WIDTH - 16, _tall(row) - 3, "panel", round_=6)
    bottom = tops[-1]
    for ratio in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100):  # below the words
        if first <= math.log10(ratio) <= last:
            colour, width, dash = ("dim", 1.5, "") if ratio == 1 else ("line", 1, "2 4")
            drawing.line(x(ratio), top, x(ratio), bottom, colour, width, dash)
            drawing.text(x(ratio), bottom + 14, "as Pool" if ratio == 1 else f"{ratio:g}x", "dim", 11, "middle")
    for row, y in zip(rows, tops, strict=False):
        drawing.text(20, y + 16, row.title, size=12)
        drawing.text(20, y + 31, f"Pool: {measure(row.reference)} {row.unit}", "dim", 11)
        for place, mark in enumerate(row.marks):
            middle = y + (_tall(row) - 3) / 2 + (place - (len(row.marks) - 1) / 2) * LINE
            colour = COLOURS[pools.index(mark.pool) % len(COLOURS)]
            drawing.line(x(mark.low), middle, x(mark.high), middle, colour, 2)
            hint = f"{mark.pool}: {measure(mark.value)} {row.unit}, {times(mark.low)} to {times(mark.high)}"
            drawing.box(x(mark.middle) - 4, middle - 5, 8, 10, colour, hint, round_=2)
            words = f"{mark.pool.removeprefix('concurrent.futures.')} {times(mark.middle)}"
            beside = x(mark.high) + 9 + pixels(words, 11, True) < WIDTH - 12
            at = x(mark.high) + 9 if beside else x(mark.low) - 9
            drawing.text(at, middle + 4, words, colour, 11, "start" if beside else "end", True, on="panel")
    drawing.text(20, bottom + 14, "to the right of the line is better than Pool", "dim", 11)
    return drawing.render()


def _tall(row: Row) -> float:
    """The height of a row, in px: its title and what Pool comes to, or its marks."""
    return max(2.0 * LINE + 4, LINE * len(row.marks) + 8)
