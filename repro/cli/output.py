"""How output may look: as wide as there is room, and in colour where that is wanted. The one place that asks for either."""

from __future__ import annotations

import os
import sys
from typing import Any

from repro.report.formats import Style

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
