"""Latencies, drawn: how many cells on a logarithmic axis, and, at its end, those of which nobody was ever told."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from repro.report.pictures.latency import Latencies
from repro.report.pictures.svg import Drawing, Key

WIDTH = 960.0
LEFT, RIGHT = 306.0, 150.0
ROW = 62.0
#: Bars in a power of ten.
BARS = 12


def render(title: str, subtitle: str, rows: Sequence[Latencies], cut: str = "") -> str:
    """The SVG. title, subtitle: above it. cut: that the run was cut short."""
    drawing = Drawing(WIDTH, title, " ".join(f"{row.pool}: {row.in_words}." for row in rows), cut)
    drawing.head(subtitle)
    told = [one for row in rows for one in row.told]
    first = math.floor(math.log10(max(0.1, min(told, default=1.0))))
    last = max(first + 1, math.ceil(math.log10(max(0.1, max(told, default=10.0)))))
    scale = (WIDTH - LEFT - RIGHT) / (last - first)

    def x(ms: float) -> float:
        return LEFT + (math.log10(max(ms, 10**first)) - first) * scale

    top = 70.0
    bottom = top + ROW * len(rows)
    never = WIDTH - RIGHT + 34
    for place in range(len(rows)):
        drawing.box(8, top + ROW * place, WIDTH - 16, ROW - 6, "panel", round_=8)
    for power in range(first, last + 1):  # below the bars
        at = LEFT + (power - first) * scale
        drawing.line(at, top, at, bottom, "line")
        drawing.text(at, bottom + 14, _span(10**power), "dim", 11, "middle")
    most = max((row.never for row in rows), default=0)
    for place, row in enumerate(rows):
        y = top + ROW * place
        drawing.text(LEFT - 16, y + 22, row.pool, size=12, anchor="end", bold=True)
        drawing.text(LEFT - 16, y + 38, f"{len(row.told):,} told, {row.never:,} never", "dim", 11, "end")
        counts = Counter(math.floor(math.log10(max(ms, 10**first)) * BARS) for ms in row.told)
        for step, count in sorted(counts.items()):
            height = max(1.5, (ROW - 22) * count / max(counts.values()))
            left = LEFT + (step / BARS - first) * scale
            hint = f"{count} within {10 ** (step / BARS):.3g} to {10 ** ((step + 1) / BARS):.3g} ms"
            drawing.box(left + 0.5, y + ROW - 10 - height, scale / BARS - 1, height, "good", hint, round_=1)
        if row.median is not None:
            drawing.line(x(row.median), y + 4, x(row.median), y + ROW - 10, "ink", 2)
            drawing.text(x(row.median) + 4, y + 12, f"{row.median:.1f} ms", "ink", 11, bold=True, on="panel")
        if row.never:
            width = 50 * row.never / most
            drawing.box(never, y + 16, width, 22, "bad", f"{row.never:,} callers wait for ever")
            drawing.text(never + width + 4, y + 31, f"■ {row.never:,}", "bad", 12, bold=True)
    drawing.text(LEFT - 40, bottom + 14, "after the death", "dim", 11, "end")
    drawing.text(never, bottom + 14, "never", "bad", 11, bold=True)
    how_many = "callers who were told then; the highest bar of a row is that pool's most"
    drawing.legend(bottom + 42, [Key(how_many, "good", wide=8), Key("half of them knew by then", "ink", wide=2)])
    return drawing.render()


def _span(ms: float) -> str:
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"
