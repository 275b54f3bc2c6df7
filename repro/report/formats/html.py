"""For a browser: one page with the matrix, filters, and the evidence of every cell; nothing is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report.formats import Style
from repro.report.page import assembly


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    return assembly.render(run, cells)
