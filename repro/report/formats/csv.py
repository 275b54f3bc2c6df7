"""For a spreadsheet: a line for each cell, without its observation. Of a run that was cut short, what is missing comes first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.planned import NAMES
from repro.records.results import Run
from repro.report.formats import Style

COLUMNS = (
    *(
        "scenario",
        "pool",
        "operation",
        "start_method",
        "python",
        "repetition",
        "verdict",
        "reason",
        "phase",
        "latency_ms",
    ),
    *(
        "error_type",
        "error_message",
        "names_task",
        "gives_exit_status",
        "survivors",
        "others",
        "usable_after",
        "leftovers",
    ),
    *("simulated", "expected"),
)

#: In the place of a verdict, of a cell that was planned.
NOT_RUN = "not-run"


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    rows: list[dict[str, Any]] = []
    if cut := planned.cut_short(run):
        gone = [dict(zip(NAMES, key, strict=True)) for key in planned.missing(run)]
        rows += [{**names, "verdict": NOT_RUN, "reason": cut} for names in gone or [{}]]
    for cell in cells:
        result = cell.judgement.to_record()
        error = result.pop("error") or {}
        row = {**cell.__dict__, **result, "error_type": error.get("type"), "error_message": error.get("message")}
        row["leftovers"] = None if result["leftovers"] is None else "; ".join(result["leftovers"])
        row["expected"] = None if cell.expected is None else " or ".join(cell.expected)
        rows.append({name: row[name] for name in COLUMNS})
    return lines(COLUMNS, rows)


def lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A line with the names of the columns, and one for each row; what a row does not have is empty."""
    output = io.StringIO()
    writer = csv.DictWriter(output, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()
