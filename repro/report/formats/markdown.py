"""For a repository, an issue or a page: Markdown, the same bytes from the same records."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from repro import catalogue
from repro.records import Run
from repro.report import news, tables
from repro.report.formats import Style
from repro.report.formats.terminal import DIMENSIONS
from repro.report.tables import JudgedCell, Table


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    parts = [
        "# What process pools do when a worker dies",
        tables.sentence(cells),
        " ".join(tables.header_lines(run.header)),
    ]
    surprises = news.lines(cells)
    parts.append("## What is news")
    parts.append("\n".join(f"- {line}" for line in surprises) if surprises else "Nothing: every cell is as expected.")
    parts.append(_section(_with_titles(tables.comparison(cells))))
    parts.append("\n".join(f"- {line}" for line in tables.legend(cells)))
    after = tables.aftermath(cells)
    if after:
        parts.append(_section(after))
    changing = news.between_versions(cells)
    if changing:
        parts.append(_section(changing))
    for dimension, noun in DIMENSIONS:
        table, sentence = tables.differences(cells, dimension, noun)
        if sentence:
            parts.append(_section(table) if table else f"## {noun[0].upper()}{noun[1:]}")
            parts.append(sentence)
    waits = [cell for cell in cells if cell.judgement.waits]
    if waits:
        parts.append(_section(_waits(waits)))
    explained = [cell for cell in cells if cell.judgement.explanation]
    if explained:
        parts.append(_section(_explanations(explained)))
    return "\n\n".join(parts) + "\n"


def _with_titles(table: Table) -> Table:
    known = catalogue.scenarios()
    rows = [[f"`{row[0]}`", known[row[0]].scenario.title if row[0] in known else "", *row[1:]] for row in table.rows]
    return Table(table.title, [table.headers[0], "what happens", *table.headers[1:]], rows)


def _waits(cells: Sequence[JudgedCell]) -> Table:
    """Where the main thread of the parent waits in hangs, and how often each place was seen."""
    seen: dict[tuple[str, str], int] = {}
    for cell in cells:
        function = cell.judgement.waits[0].rsplit(":", 1)[0].rstrip(")") + ")"
        seen[tables.label(cell.pool), function] = seen.get((tables.label(cell.pool), function), 0) + 1
    rows = [
        [pool, f"`{place}`", str(count)] for (pool, place), count in sorted(seen.items(), key=lambda item: -item[1])
    ]
    return Table("Where the parent's main thread waits for ever", ["pool", "function", "cells"], rows)


def _explanations(cells: Sequence[JudgedCell]) -> Table:
    """What the evidence of each hang says, and in which scenarios it was seen."""
    seen: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        sentence = cell.judgement.explanation[0]
        seen.setdefault((tables.label(cell.pool), sentence), []).append(cell.scenario)
    rows = [
        [
            pool,
            f"{sentence[0].upper()}{sentence[1:]}.",
            ", ".join(f"`{name}`" for name in dict.fromkeys(names)),
            str(len(names)),
        ]
        for (pool, sentence), names in sorted(seen.items(), key=lambda item: (item[0][0], -len(item[1])))
    ]
    return Table("Why it hangs, by the evidence", ["pool", "what was seen", "scenarios", "cells"], rows)


def _section(table: Table) -> str:
    text = tabulate(table.rows, table.headers, tablefmt="pipe", disable_numparse=True)
    return f"## {table.title}\n\n{text}"
