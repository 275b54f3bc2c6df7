"""For a terminal: tables by tabulate, in colour where that is wanted."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

import tabulate as tabulate_module
from tabulate import tabulate

from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report import news, tables
from repro.report.formats import Style
from repro.report.tables import Table

_COLOURS = (
    (re.compile(r"\b(HANG|LIVELOCK|LOST|PARENT EXIT|harness error)\b"), "\033[1;31m"),
    (re.compile(r"\b(completed|raised)\b"), "\033[32m"),
    (re.compile(r"\b(inconclusive|unsupported|simulated)\b"), "\033[33m"),
)
_END = "\033[0m"

# Otherwise every header is padded by two columns more than its cells need.
tabulate_module.MIN_PADDING = 0


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    surprises = news.lines(cells)
    parts = ["What is news:\n" + "\n".join(f"  {line}" for line in surprises)] if surprises else []
    parts.append(table_text(tables.comparison(cells), style))
    parts.append("\n".join(_paint(line, style) for line in tables.legend(cells)))
    after = tables.aftermath(cells)
    if after:
        parts.append(table_text(after, style))
    changing = news.between_versions(cells)
    if changing:
        parts.append(table_text(changing, style))
    for dimension, noun in DIMENSIONS:
        table, sentence = tables.differences(cells, dimension, noun)
        parts += [table_text(table, style)] if table else []
        parts += [sentence] if sentence else []
    parts.append(textwrap.fill(tables.sentence(cells), style.width, break_on_hyphens=False))
    return "\n\n".join(parts) + "\n"


DIMENSIONS = (("python", "Python versions"), ("start_method", "start methods"), ("operation", "operations"))


def table_text(table: Table, style: Style) -> str:
    """A table under its title, its columns folded to the width where they would not fit."""
    rows = [[_paint(text, style) for text in row] for row in table.rows]
    text = tabulate(rows, table.headers, tablefmt=style.table_format, disable_numparse=True)
    if max(map(_visible, text.splitlines()), default=0) > style.width and len(table.headers) > 1:
        folds = _column_widths(table, style.width)
        text = tabulate(
            rows,
            table.headers,
            tablefmt=style.table_format,
            disable_numparse=True,
            maxcolwidths=folds,
            maxheadercolwidths=folds,
        )
    return f"{table.title}\n\n{text}"


def _column_widths(table: Table, width: int) -> list[int]:
    """How wide each column may be: first what its longest word needs, then the narrowest grow until the width is used up."""
    columns = list(zip(table.headers, *table.rows, strict=True))
    whole = [max(map(len, column)) for column in columns]
    widths = [max(len(word) for text in column for word in text.split() or [""]) for column in columns]
    room = width - 2 * (len(columns) - 1)
    if sum(widths) > room:  # words must be cut: not those of the first column, which are what a reader looks up
        widths = [widths[0], *(min(6, most) for most in whole[1:])]
    while sum(widths) < room and widths != whole:
        narrowest = min((at for at, most in enumerate(whole) if widths[at] < most), key=widths.__getitem__)
        widths[narrowest] += 1
    return widths


def _visible(line: str) -> int:
    return len(re.sub(r"\033\[[0-9;]*m", "", line))


def _paint(text: str, style: Style) -> str:
    if style.colour:
        for pattern, colour in _COLOURS:
            text = pattern.sub(lambda match, colour=colour: f"{colour}{match[0]}{_END}", text)  # type: ignore[misc]
    return text
