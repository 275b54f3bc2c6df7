"""``--format``, for every command that has it: what its answer can be, and what to say of what it can't be. The one list of that.

Every command reads this for its help, so nothing of the reports is loaded until a name has to be checked.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

#: What each format is, for the help; those that need no word are what they are called.
MEANS = {
    "markdown": "fits a comment on GitHub",
    "html": "a page for a browser",
    "actions": "annotations of GitHub",
    "perfetto": "a trace for ui.perfetto.dev",
}

#: What a report can be: a file each, and the terminal's is told first.
REPORTS = tuple(
    sorted(
        path.stem
        for path in (Path(__file__).parents[1] / "report" / "formats").glob("[!_]*.py")
        if path.stem != "terminal"
    )
)
#: What is one table: by these, and by every format of tabulate, of which ``html`` is one.
TABLES = ("json", "csv", "markdown")

#: The formats of each command, its default first. ``simple`` is one of tabulate's: a command that has it, or ``terminal``, has
#: its others, too.
FORMATS: dict[str, tuple[str, ...]] = {
    "run": ("terminal", *REPORTS),
    "report": ("terminal", *REPORTS),
    "list": ("simple", *TABLES),
    "show": ("text", *REPORTS, "perfetto"),
    "find": ("simple", *TABLES),
    "compare": ("simple", *TABLES, "junit", "actions"),
    "pools": ("simple", *TABLES),
    "bench": ("simple", "json", "markdown"),
    "diagnose": ("text", "json", "html"),
}
#: Of ``show``, what it can tell of scenarios; all of them, of the cells of a run.
OF_SCENARIOS = ("text", "json", "markdown")


def add_format(parser: argparse._ActionsContainer, command: str, more: str = "") -> None:
    """The option. command: its name. more: what else is to be said of it."""
    default, *others = FORMATS[command]
    told = [f"{name} ({MEANS[name]})" if name in MEANS else name for name in others]
    tables = "; or a table format of tabulate (grid, github, ...)" if has_tables(command) else ""
    parser.add_argument(
        "--format",
        default=default,
        metavar="FORMAT",
        help=f"{default} (the default), {', '.join(told)}{tables}{more}",
    )


def has_tables(command: str) -> bool:
    """Whether a command draws tables, in any of tabulate's formats."""
    return FORMATS[command][0] != "text"


def check_format(command: str, name: str, there: Sequence[str] = (), why: str = "") -> None:
    """Raises UsageError for a format that a command can't give: it names those that it can, and for a slip the nearest.

    there: what it can give now, if that is not all that it ever can. why: which case that is.
    """
    from tabulate import tabulate_formats

    from repro.errors import UsageError, unknown

    own = there or FORMATS[command]
    tables = tabulate_formats if has_tables(command) else []
    if name in own or name in tables:
        return
    everywhere = {one for several in FORMATS.values() for one in several}
    if name not in everywhere and name not in tabulate_formats:
        raise unknown("format", name, dict.fromkeys([*own, *tables]))
    others = ", or a table format of tabulate (github, html, ...)" if tables else ""
    raise UsageError(f"repro {command} gives no {name}{why}: it can give {', '.join(own)}{others}")
