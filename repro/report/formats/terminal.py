"""For a terminal: tables by tabulate, in colour where that is wanted."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report import differences, news, remarks, tables
from repro.report.folding import blocks, fitted, narrow_headers
from repro.report.formats import Style
from repro.report.grid import tabulate
from repro.report.overview import FOLDED, PAGE, larger_than_a_page, overview
from repro.report.remarks import Remark, marked
from repro.report.tables import Table

_COLOURS = (
    (re.compile(r"\b(HANG|LIVELOCK|LOST|PARENT|EXIT|harness error)\b"), "\033[1;31m"),
    (re.compile(r"^[.e]*[HLXP][HLXP.e]*$"), "\033[1;31m"),  # signs
    (re.compile(r"\b(completed|raised)\b|(?:^|(?<=/))(ok|error)(?=$|[/*])"), "\033[32m"),
    (re.compile(r"\b(inconclusive|unsupported|simulated)\b"), "\033[33m"),
)
_WARNING = "\033[1;33m"
_END = "\033[0m"


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    brief = style.drawn and not style.details and larger_than_a_page(cells)
    parts = [_remark(one, style) for one in remarks.remarks(run, cells)]
    parts += _news(cells, style) + _comparison(run, cells, style) + _aftermath(run, cells, style)
    changing = None if brief else news.between_versions(cells)
    if changing:
        parts.append(table_text(marked(changing, run), style))
    sentences = []
    for dimension, noun in differences.DIMENSIONS:
        table, sentence = differences.between(cells, dimension, noun)
        if table and not brief:
            parts.append(table_text(marked(table, run), style))
        sentences += [sentence] if sentence else []
    if brief:
        sentences.append("All of it: --details; some of it: --scenario NAME, --pool NAME, ...")
    parts += [_filled(" ".join(sentences), style)] if sentences else []
    parts.append(_filled(tables.sentence(cells), style))
    return "\n\n".join(parts) + "\n"


def _remark(one: Remark, style: Style) -> str:
    text = _filled(one.text, style)
    if style.colour and style.drawn:
        text = f"{_WARNING}{text}{_END}"
    return "\n".join(filter(None, [text, textwrap.indent(one.output, "  ")]))


def _news(cells: Sequence[JudgedCell], style: Style) -> list[str]:
    """What is news; where that is more than a page, its beginning."""
    lines = news.lines(cells)
    if style.drawn and not style.details and len(lines) > PAGE:
        lines = [*lines[:PAGE], f"... and {len(lines) - PAGE} more: --details"]
    return ["What is news:\n" + "\n".join(_filled(line, style, "  ") for line in lines)] if lines else []


def _comparison(run: Run, cells: Sequence[JudgedCell], style: Style) -> list[str]:
    """The table of what the callers saw, in the shape that fits, and its legend."""
    missing = planned.missing(run)
    if style.details or not style.drawn:
        table, lines = tables.comparison(cells, missing), tables.legend(cells, missing)
    else:
        table, lines = overview(cells, style.width, lambda one: _width(_drawn(one, style)), missing)
    return [
        table_text(marked(table, run), style),
        "\n".join(_paint(_filled(line, style), style) for line in lines),
    ]


def _aftermath(run: Run, cells: Sequence[JudgedCell], style: Style) -> list[str]:
    """The table of what was left; where its headings are not in the sentences that explain them, these follow."""
    table = tables.aftermath(cells)
    if table is None:
        return []
    table = marked(table, run)
    if style.drawn and len(table.rows) <= FOLDED:
        turned = [list(column) for column in zip(*table.rows, strict=True)]
        rows = [[text, *column] for text, column in zip(tables.AFTERMATH.values(), turned[1:], strict=True)]
        return [table_text(tables.Table(table.title, ["", *turned[0]], rows), style)]
    meanings = "; ".join(f"{name}: {text}" for name, text in tables.AFTERMATH.items())
    return [table_text(narrow_headers(table) if style.drawn else table, style), _filled(meanings, style)]


def table_text(table: Table, style: Style) -> str:
    """A table under its title; if it is drawn, folded to the width where it would not fit."""
    folded: Table | None = table
    if style.drawn:
        folded = fitted(table, style.width, lambda one: _width(_drawn(one, style)))
    if folded is None:
        text = _paint(blocks(table, style.width), style)
    else:
        rows = [[_paint(text, style) for text in row] for row in folded.rows]
        text = _drawn(replace(folded, rows=rows), style)
    return f"{_filled(table.title, style)}\n\n{text}" if table.title else text


def _drawn(table: Table, style: Style) -> str:
    """A table as tabulate draws it."""
    aligned = ["right" if at in table.numbers else "left" for at in range(len(table.headers))]
    return tabulate(
        table.rows,
        table.headers,
        tablefmt=style.table_format,
        disable_numparse=True,
        colalign=aligned if table.rows else None,
    )


def _width(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return max((len(re.sub(r"\033\[[0-9;]*m", "", line)) for line in text.splitlines()), default=0)


def _filled(text: str, style: Style, indent: str = "") -> str:
    """A paragraph in the width that there is; of markup, a line."""
    if not style.drawn:
        return indent + text
    return textwrap.fill(
        text,
        style.width,
        initial_indent=indent,
        subsequent_indent=indent + "  " * bool(indent),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _paint(text: str, style: Style) -> str:
    if style.colour and style.drawn:
        for pattern, colour in _COLOURS:
            text = pattern.sub(lambda match, colour=colour: f"{colour}{match[0]}{_END}", text)  # type: ignore[misc]
    return text
