"""The report formats, one file each. Each has ``render(run, cells, style)``; its name is the file's.

``run`` is the run as it was read, ``cells`` its judged cells, ``style`` a ``Style``. A new format is one new file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass

from repro.errors import unknown
from repro.records.judged import JudgedCell
from repro.records.results import Run


@dataclass(frozen=True)
class Style:
    """How it may look. colour: whether escape sequences are wanted; width: in columns; table_format: one of tabulate's."""

    colour: bool = False
    width: int = 100
    table_format: str = "simple"


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
    tables. Raises UsageError for a name that is neither."""
    if name not in names():
        check(name)
        name, style = "terminal", Style(style.colour, style.width, name)
    return str(importlib.import_module(f"{__name__}.{name}").render(run, cells, style))
