"""A cell of the suite that a lesson shows: its record beside the lesson, judged again. Pure but for ``load``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from repro.errors import RecordError
from repro.lessons import model
from repro.observation import JSON, Fault, Observation
from repro.records import shown
from repro.records.results import Record, judge_record
from repro.report.pictures.timeline import Timeline, timeline


@dataclass(frozen=True)
class RecordedCell:
    """The record of a cell, and from where it is. machine: in words; date: ``2026-11-28``."""

    record: Record
    machine: str
    date: str

    @property
    def where(self) -> str:
        """Operation, start method and Python."""
        one = self.record
        return ", ".join(filter(None, [one["operation"], one["start_method"], f"Python {one['python']}"]))

    def timeline(self) -> Timeline:
        """What happened in it, process by process."""
        seen = Observation.from_record(self.record["observation"])
        return timeline(self.record["pool"], self.where, Fault(**self.record["fault"]), seen, judge_record(self.record))


def file_of(folder: Path, name: str) -> Path:
    """Where the record of a cell lies. folder: the lesson's."""
    return folder / "recorded" / "cells" / f"{name}.json"


def load(folder: Path, cell: model.Cell) -> RecordedCell | None:
    """The recorded cell, or None where there is none. Raises RecordError for a file that is none."""
    file = file_of(folder, cell.name)
    try:
        document = JSON.decode(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RecordError(f"{file}: {error}") from error
    try:
        return RecordedCell(shown.whole(document["record"]), document["machine"], document["date"])
    except (KeyError, TypeError) as error:
        raise RecordError(f"{file}: no record of a cell: {type(error).__name__}: {error}") from error


def save(folder: Path, name: str, one: RecordedCell) -> None:
    """Write the record of a cell beside its lesson. Raises OSError."""
    file = file_of(folder, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {"date": one.date, "machine": one.machine, "record": one.record}
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
