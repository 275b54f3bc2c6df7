"""A made lesson with its records: a run that hung, a cell that was killed; and texts that a page must not obey."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from repro.lessons import model, recording
from repro.lessons.library import Records
from repro.lessons.pages.blocks import Markup
from repro.lessons.pages.pictures import Pictures
from repro.lessons.pictures import cells
from repro.lessons.recording import Line
from tests.repro.lessons import made
from tests.repro.lessons.recorded import HANG
from tests.repro.report.page.made import HOSTILE, POOLS, PYTHONS, record


def lesson(tmp_path: Path, language: str = "en") -> model.Lesson:
    """With all there is, recorded; what its program printed is hostile."""
    one = replace(made.lesson(made.written(tmp_path)), language=language)
    recording.save(one.folder, replace(HANG, lines=(*HANG.lines, Line(0.6, HOSTILE))))
    cell = record("sigkill", POOLS[0], PYTHONS[0], HOSTILE)
    cells.save(one.folder, "killed", cells.RecordedCell(cell, "Linux, 2 cores", "2026-11-28"))
    return one


def markup(one: model.Lesson) -> tuple[Markup, Pictures]:
    records = Records(one)
    pictures = Pictures(one, records)
    return Markup(one, records, pictures), pictures
