"""How output may look: as wide as there is room, and in colour where that is wanted. The one place that asks for either."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repro.report.formats import Style

if TYPE_CHECKING:
    from repro.report.tables import Table

#: Where nothing tells how wide it is, in columns.
WIDTH = 120
#: Prose is hard to read in longer lines, in columns.
PROSE = 100


def terminal_style(**changes: Any) -> Style:
    """For standard output. changes: what else is known of the style."""
    return Style(**{"colour": wants_colour(), "width": columns(), **changes})


def columns() -> int:
    """The width of standard output: what ``COLUMNS`` says, else the terminal's own; where the output goes to a pager, that of
    standard error."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            found = os.get_terminal_size(stream.fileno()).columns if stream else 0
        except (OSError, ValueError):  # no terminal; closed
            continue
        if found > 0:
            return found
    return WIDTH


def wants_colour() -> bool:
    """``NO_COLOR`` and ``FORCE_COLOR`` hold where they are set and not empty, the former first (https://no-color.org,
    https://force-color.org); else it is for terminals."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def prose_width() -> int:
    """For texts of sentences."""
    return min(PROSE, columns())


def print_json(document: Any) -> None:
    """For a program."""
    import json

    print(json.dumps(document, indent=1, ensure_ascii=False))


def print_table(table: Table, name: str, ours: bool = False) -> None:
    """A table that is all of a command's answer. name: of its format, which ``check_format`` has let through. ours: whether its
    texts are the suite's own; in those of records nothing means anything in any format."""
    from repro.report import comment
    from repro.report.formats import csv, markdown
    from repro.report.formats.terminal import table_text
    from repro.report.literal import literal

    if name == "json":
        print_json(table.as_dicts())
        return
    shown = table if ours else table.with_texts(literal(name))
    if name == "csv":
        sys.stdout.write(csv.lines(table.names, replace(shown, headers=table.headers).as_dicts()))
    elif name == "markdown":
        sys.stdout.write(comment.fitted([markdown.section(shown)], "all of it: --format json"))
    else:
        print(table_text(shown, terminal_style(table_format=name)))
