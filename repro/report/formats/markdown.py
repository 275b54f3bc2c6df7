"""For a repository, an issue or a page: Markdown, the same bytes from the same records."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from tabulate import tabulate

from repro.plan import catalogue
from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report import causes, news, remarks, tables
from repro.report.formats import Style
from repro.report.formats.terminal import DIMENSIONS
from repro.report.tables import Table


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    missing = planned.missing(run)
    parts = ["# What process pools do when a worker dies"]
    for one in remarks.remarks(run, cells):
        parts.append(f"**{one.text}**")
        parts += [textwrap.indent(one.output, "    ")] if one.output else []
    parts += [tables.sentence(cells), " ".join(tables.header_lines(run.header))]
    surprises = news.lines(cells)
    parts.append("## What is news")
    parts.append(
        "\n".join(f"- {line}" for line in surprises)
        if surprises
        else news.nothing(cells, run.header["planned"] - len(run.cells))
    )
    parts.append(_section(_with_titles(tables.comparison(cells, missing)), run))
    parts.append("\n".join(f"- {line}" for line in tables.legend(cells)))
    after = tables.aftermath(cells)
    if after:
        parts.append(_section(after, run))
        parts.append("\n".join(f"- {name}: {text}" for name, text in tables.AFTERMATH.items()))
    changing = news.between_versions(cells)
    if changing:
        parts.append(_section(changing, run))
    for dimension, noun in DIMENSIONS:
        table, sentence = tables.differences(cells, dimension, noun)
        if sentence:
            parts.append(_section(table, run) if table else f"## {noun[0].upper()}{noun[1:]}")
            parts.append(sentence)
    parts += [_section(table, run) for table in (causes.waits(cells), causes.explanations(cells)) if table]
    return "\n\n".join(parts) + "\n"


def _with_titles(table: Table) -> Table:
    known = catalogue.scenarios()
    rows = [[f"`{row[0]}`", known[row[0]].scenario.title if row[0] in known else "", *row[1:]] for row in table.rows]
    return Table(table.title, [table.headers[0], "what happens", *table.headers[1:]], rows)


def _section(table: Table, run: Run) -> str:
    table = remarks.marked(table, run)
    text = tabulate(table.rows, table.headers, tablefmt="pipe", disable_numparse=True)
    return f"## {table.title}\n\n{text}"
