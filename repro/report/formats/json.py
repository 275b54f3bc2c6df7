"""For a program: one JSON document, the cells judged anew, without their observations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.planned import NAMES
from repro.records.results import Run
from repro.report import news, remarks, tables
from repro.report.formats import Style


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    document = {
        "remarks": ["\n".join(filter(None, (one.text, one.output))) for one in remarks.remarks(run, cells)],
        "header": {name: value for name, value in run.header.items() if name != "plan"},
        "sentence": tables.sentence(cells),
        "news": news.lines(cells),
        "cells": [cell_document(cell) for cell in cells],
        "missing": [dict(zip(NAMES, key, strict=True)) for key in planned.missing(run)],
        "resumed": run.resumed,
        "footer": run.footer,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def cell_document(cell: JudgedCell) -> dict[str, Any]:
    """A cell, without its observation."""
    return {
        "scenario": cell.scenario,
        "pool": cell.pool,
        "operation": cell.operation,
        "start_method": cell.start_method,
        "python": cell.python,
        "repetition": cell.repetition,
        **cell.judgement.to_record(),
        "expected": cell.expected,
        "as_expected": cell.as_expected,
    }
