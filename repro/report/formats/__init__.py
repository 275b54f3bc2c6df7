"""The report formats, one file each. Each has ``render(run, cells, style)``; its name is the file's.

``run`` is the run as it was read, ``cells`` its judged cells, ``style`` a ``Style``. A new format is one new file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from repro.errors import unknown
from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report.literal import everywhere, literal


@dataclass(frozen=True)
class Style:
    """How it may look. colour: whether escape sequences are wanted; width: in columns; table_format: one of tabulate's;
    details: whether all is told, however long it gets."""

    colour: bool = False
    width: int = 100
    table_format: str = "simple"
    details: bool = False

    @property
    def drawn(self) -> bool:
        """Whether tables are looked at as they are, and have to fit; of markup nothing may be folded, cut or coloured."""
        name = self.table_format
        return name in _DRAWN or (name.endswith(("_grid", "_outline")) and name != "colon_grid")


_DRAWN = ("plain", "simple", "grid", "outline", "presto", "pretty", "psql")


def names() -> list[str]:
    """The formats that have a file of their own here."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def check(name: str) -> None:
    """Raises UsageError for a name that is neither one of our formats nor one of tabulate's."""
    from tabulate import tabulate_formats

    if name not in [*names(), *tabulate_formats]:
        raise unknown("format", name, [*names(), *tabulate_formats])


def render(name: str, run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    """The report in a format. name: one of ours, or one of tabulate's table formats, which is the terminal report with such
    tables. Raises UsageError for a name that is neither.

    Here, and not in the formats, what of the records means something in a format is made to mean nothing in it.
    """
    change = literal("page" if name == "html" else name)  # of tabulate's formats, compare and find show that one
    run = _with_texts(run, change)
    cells = [cell.with_texts(change) for cell in cells]
    if name not in names():
        check(name)
        name, style = "terminal", replace(style, table_format=name)
    return str(importlib.import_module(f"{__name__}.{name}").render(run, cells, style))


def _with_texts(run: Run, change: Callable[[str], str]) -> Run:
    """A run with its header and the names of its cells in other words, those of its plan among them."""
    named = [{**record, **{name: everywhere(record[name], change) for name in planned.NAMES}} for record in run.cells]
    resumed = [everywhere(record, change) for record in run.resumed]
    return replace(run, header=everywhere(run.header, change), cells=named, resumed=resumed)
