"""A matrix, drawn: a row for each scenario, a band of versions for each pool; where they agree, one box with one word."""

from __future__ import annotations

from collections.abc import Sequence

from repro.report.pictures.matrix import Matrix, Row, Stretch, extent, minor
from repro.report.pictures.matrix_text import in_words, part_in_words
from repro.report.pictures.svg import Drawing, Key, pixels
from repro.report.words import VERDICTS
from repro.verdicts.judge import Verdict

NAMES = 230.0  # px for the names of the scenarios
BANDS = 930.0  # px for all pools
GAP = 10.0
PART = 16.0  # px, the height of what start methods agree on

COLOURS = {
    Verdict.COMPLETED: ("good", ""),
    Verdict.RAISED: ("good", "line"),
    Verdict.HANG: ("bad", ""),
    Verdict.LIVELOCK: ("bad", ""),
    Verdict.LOST: ("told", ""),
    Verdict.PARENT_EXIT: ("kept", ""),
    Verdict.INCONCLUSIVE: ("none", "dash"),
    Verdict.UNSUPPORTED: ("none", "dash"),
    Verdict.HARNESS_ERROR: ("none", ""),
}


def render(title: str, subtitle: str, one: Matrix, cut: str = "") -> str:
    """The SVG. title, subtitle: above it. cut: that the run was cut short."""
    band = BANDS / len(one.pools) - GAP
    turned = any(7.6 * len(_short(pool)) > band for pool in one.pools)
    right = NAMES + BANDS + 16
    if turned:  # names lean to the right, as far as their length at an angle of 35 degrees
        ends = (_left(place, band) + 16 + 0.82 * pixels(_short(pool), 13, True) for place, pool in enumerate(one.pools))
        right = max(right, *ends)
    drawing = Drawing(right, title, _description(one), cut)
    drawing.head(subtitle)
    y = 84.0
    if turned:
        y += 4.5 * max(len(_short(pool)) for pool in one.pools)
    for place, pool in enumerate(one.pools):
        _heading(drawing, one, pool, _left(place, band), y, band, turned)
    y += 12
    for heading, rows in one.groups:
        y += 20
        drawing.text(16, y, heading, "dim", 12, bold=True)
        if not turned and heading != one.groups[0][0]:  # whoever has come down here sees the head no more
            for place, pool in enumerate(one.pools):
                drawing.text(_left(place, band), y, _short(pool), "dim", 11)
        y += 6
        for row in rows:
            y = _row(drawing, one, row, y, band)
    _legend(drawing, one, y + 26)
    return drawing.render()


def _left(place: int, band: float) -> float:
    return NAMES + place * (band + GAP)


def _short(pool: str) -> str:
    """ProcessPoolExecutor of concurrent.futures.ProcessPoolExecutor."""
    return pool.rpartition(".")[2]


def _heading(drawing: Drawing, one: Matrix, pool: str, x: float, y: float, band: float, turned: bool) -> None:
    """The pool's name, and the versions."""
    name = pool if 7.6 * len(pool) <= band else _short(pool)
    drawing.text(x + (8 if turned else 0), y - 6, name, size=13, bold=True, turned=turned)
    column = band / len(one.versions)
    if column >= 20:
        for place, version in enumerate(one.versions):
            drawing.text(x + (place + 0.5) * column, y + 10, minor(version), "dim", 10, "middle")


def _row(drawing: Drawing, one: Matrix, row: Row, y: float, band: float) -> float:
    parts = max((len(stretch.parts) for stretches in row.pools.values() for stretch in stretches), default=1)
    height = max(1, parts) * PART + 3
    drawing.text(NAMES - 12, y + height / 2 + 2.5, row.scenario, size=12, anchor="end")
    for place, pool in enumerate(one.pools):
        _stretches(drawing, one, row, row.pools[pool], _left(place, band), y, band, height - 3)
    return y + height


def _stretches(
    drawing: Drawing,
    one: Matrix,
    row: Row,
    stretches: Sequence[Stretch],
    left: float,
    y: float,
    band: float,
    height: float,
) -> None:
    column = band / len(one.versions)
    for stretch in stretches:
        x, width = left + stretch.first * column, (stretch.last - stretch.first + 1) * column - 1
        each = height / len(stretch.parts)
        for number, part in enumerate(stretch.parts):
            colour, hollow = COLOURS[part.verdict]
            hint = f"{row.scenario}, {extent(one, stretch)}: {part_in_words(part)}"
            top = y + number * each
            drawing.box(x + 0.75, top + 1, width - 1.5, each - 2, colour, hint, hollow, 2)
            called = VERDICTS[part.verdict]
            words = _fitting(part_in_words(part), called.does, called.symbol, part.sometimes, width)
            drawing.text(x + width / 2, top + each / 2 + 4, words, colour if hollow else "on", 11, "middle", True)


def _fitting(long: str, short: str, symbol: str, sometimes: bool, width: float) -> str:
    """As many words as there is room for, after the symbol."""
    mark = "~" if sometimes else ""
    for words in (f"{symbol} {long}", f"{symbol}{mark} {short}"):
        if 6.9 * len(words) <= width:
            return words
    return symbol + mark if width >= 18 else symbol


def _legend(drawing: Drawing, one: Matrix, y: float) -> None:
    stretches = [stretch for _, rows in one.groups for row in rows for found in row.pools.values() for stretch in found]
    parts = [part for stretch in stretches for part in stretch.parts]
    there = {part.verdict for part in parts}
    keys = [
        Key(called.does, COLOURS[verdict][0], called.symbol, COLOURS[verdict][1])
        for verdict, called in VERDICTS.items()
        if verdict in there
    ]
    if any(part.sometimes for part in parts):
        keys.append(Key("~ now and then"))
    drawing.legend(y, keys)


def _description(one: Matrix) -> str:
    return " ".join(
        f"{row.scenario}: " + "; ".join(f"{pool} {in_words(one, row.pools[pool])}" for pool in one.pools) + "."
        for _, rows in one.groups
        for row in rows
    )
