"""For a repository, an issue or a comment on GitHub, into which it fits: Markdown, the same bytes from the same records."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from repro.plan import catalogue
from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report import causes, comment, differences, news, remarks, tables
from repro.report.formats import Style
from repro.report.grid import tabulate
from repro.report.tables import Table

#: How to get what does not fit.
MORE = "all of it: `repro report RUN --format markdown --details`; some: filters, as `--scenario NAME`"


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    parts = _parts(run, cells)
    return "\n\n".join(parts) + "\n" if style.details else comment.fitted(parts, MORE)


def _parts(run: Run, cells: Sequence[JudgedCell]) -> list[str]:
    missing = planned.missing(run)
    parts = ["# What process pools do when a worker dies"]
    for one in remarks.remarks(run, cells):
        parts.append(f"**{one.text}**")
        parts += [textwrap.indent(one.output, "    ")] if one.output else []
    parts += [tables.sentence(cells), " ".join(tables.header_lines(run.header))]
    surprises = news.lines(cells)
    told = "\n".join(f"- {line}" for line in surprises)
    parts.append(f"## What is news\n\n{told or news.nothing(cells, run.header['planned'] - len(run.cells))}")
    parts.append(_section(_with_titles(tables.comparison(cells, missing)), run))
    parts.append("\n".join(f"- {line}" for line in tables.legend(cells)))
    after = tables.aftermath(cells)
    if after:
        parts.append(_section(after, run))
        parts.append("\n".join(f"- {name}: {text}" for name, text in tables.AFTERMATH.items()))
    changing = news.between_versions(cells)
    if changing:
        parts.append(_section(changing, run))
    for dimension, noun in differences.DIMENSIONS:
        table, sentence = differences.between(cells, dimension, noun)
        if sentence:
            parts.append(_section(table, run) if table else f"## {noun[0].upper()}{noun[1:]}")
            parts.append(sentence)
    return parts + [_section(table, run) for table in (causes.waits(cells), causes.explanations(cells)) if table]


def _with_titles(table: Table) -> Table:
    known = catalogue.scenarios()
    rows = [[f"`{row[0]}`", known[row[0]].scenario.title if row[0] in known else "", *row[1:]] for row in table.rows]
    return Table(table.title, [table.headers[0], "what happens", *table.headers[1:]], rows)


def _section(table: Table, run: Run) -> str:
    return section(remarks.marked(table, run))


def section(table: Table) -> str:
    """A table under its title, if it has one."""
    text = tabulate(table.rows, table.headers, tablefmt="pipe", disable_numparse=True)
    return f"## {table.title}\n\n{text}" if table.title else text
