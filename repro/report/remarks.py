"""What a report says before all else: that the run is not whole, that it was disturbed, that nothing ran. Pure functions of its
records.

Whoever reads a table takes it for all that there is, so what is missing stands above it, and in the heading of each table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from repro.plan import catalogue
from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report.tables import Table, counted, distinct, label
from repro.verdicts.judge import Verdict

#: So many lines of a cell's stderr are shown, its last ones: a traceback ends with what happened.
LINES = 15


class Remark(NamedTuple):
    """A paragraph, and what stands below it as it is: output of a program. spoils: whether the run can't be relied on, since it
    is not whole, was disturbed, or nothing ran."""

    text: str
    output: str = ""
    spoils: bool = False


def remarks(run: Run, cells: Sequence[JudgedCell]) -> list[Remark]:
    """All of them, for the top of a report. cells: the run's."""
    cut = planned.cut_short(run)
    return [*([Remark(cut, spoils=True)] if cut else []), *disturbed(cells), *idle(cells), *_resumed(run)]


def is_control(cell: JudgedCell) -> bool:
    """Whether a cell is of a scenario in which nobody dies, and every pool gives every result."""
    entry = catalogue.scenarios().get(cell.scenario)
    return entry is not None and "control" in entry.scenario.tags


def disturbed(cells: Sequence[JudgedCell]) -> list[Remark]:
    """A remark for each control that failed: whatever disturbed it may have disturbed the other cells."""
    return [
        Remark(
            f"This run was disturbed: in the control nobody dies, and yet {cell.name}: {cell.judgement.verdict}: "
            f"{cell.judgement.reason}",
            last_lines(cell.stderr),
            spoils=True,
        )
        for cell in cells
        if is_control(cell) and cell.ran and cell.judgement.verdict is not Verdict.COMPLETED
    ]


def idle(cells: Sequence[JudgedCell]) -> list[Remark]:
    """That nothing ran, or nothing in a pool or with a Python, and why."""
    if why := _why_none_ran(cells):
        pools = ", ".join(distinct(label(cell.pool) for cell in cells))
        pythons = ", ".join(distinct(cell.python for cell in cells))
        return [Remark(f"Nothing ran in {pools} with Python {pythons}: {why}", spoils=True)]
    found = []
    for dimension, word in (("python", "with Python "), ("pool", "in ")):
        for value in distinct(getattr(cell, dimension) for cell in cells):
            if why := _why_none_ran([cell for cell in cells if getattr(cell, dimension) == value]):
                found.append(Remark(f"Nothing ran {word}{label(value)}: {why}"))
    return found


def _why_none_ran(cells: Sequence[JudgedCell]) -> str:
    """The reasons, where none of some cells ran; else nothing."""
    if not cells or any(cell.ran for cell in cells):
        return ""
    return "; ".join(distinct(cell.judgement.reason for cell in cells))


def _resumed(run: Run) -> list[Remark]:
    if not run.resumed:
        return []
    when = " and ".join(f"{one['started']} ({counted(one['missing'], 'cell')} missing)" for one in run.resumed)
    return [Remark(f"This run was begun on {run.header['started']}, cut short, and resumed on {when}.")]


def marked(table: Table, run: Run) -> Table:
    """A table of a run that was cut short has that in its title."""
    cut = short(run)
    return replace(table, title=f"{table.title} - {cut}") if cut else table


def short(run: Run) -> str:
    """That a run was cut short, in few words; nothing for one that is whole."""
    return f"CUT SHORT: {len(run.cells)} of {run.header['planned']} cells" if planned.is_cut_short(run) else ""


def last_lines(text: str) -> str:
    """The end of a program's output."""
    lines = text.rstrip().splitlines()
    left_out = [f"... ({len(lines) - LINES} lines before)"] if len(lines) > LINES else []
    return "\n".join([*left_out, *lines[-LINES:]])
