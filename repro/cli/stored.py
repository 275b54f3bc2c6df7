"""What a command reads that is given a stored file: a run, or what ``repro diagnose --save`` has kept of a program. The one place
that tells them apart."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.diagnose.snapshot import Snapshot
    from repro.records.results import Run


def read(path: Path) -> Run | Snapshot:
    """What is stored there: a file tells by its beginning what it is. Raises RecordError, UsageError."""
    from repro.diagnose import saved
    from repro.records import results

    return saved.read(path) if saved.is_one(path) else results.read(path)


def refuse_filters(arguments: argparse.Namespace, *options: str) -> None:
    """Of a snapshot: it is one program, of which nothing can be chosen. options: others that have no meaning for it.

    Raises UsageError.
    """
    from repro.cli import filters
    from repro.errors import UsageError

    given = [name for name in options if getattr(arguments, name) is not None]
    if filters.asked(arguments) or given:
        what = f"--{given[0].replace('_', '-')} asks for" if given else "a filter chooses among"
        raise UsageError(f"{arguments.directory} is a snapshot of one program, and {what} the cells of a run")
