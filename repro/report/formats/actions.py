"""For GitHub Actions: a line for each annotation of the workflow's run.

The syntax is that of workflow commands
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message).
"""

from __future__ import annotations

from collections.abc import Sequence

from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.records.shown import text as clean
from repro.report import remarks, tables
from repro.report.formats import Style
from repro.report.formats.junit import HUNG
from repro.verdicts.judge import Verdict


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    said = remarks.remarks(run, cells)
    lines = [annotation("error" if one.spoils else "warning", "this run", one.text) for one in said]
    for cell in cells:
        verdict = cell.judgement.verdict
        if cell.as_expected is False:
            text = f"{verdict}, and known is {' or '.join(cell.expected or ())}: {cell.judgement.reason}"
            lines.append(annotation("error", cell.name, text))
        elif cell.as_expected is None and verdict in HUNG:
            lines.append(
                annotation("error", cell.name, f"{verdict}, and nothing is known of it: {cell.judgement.reason}")
            )
        elif verdict in (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR):
            lines.append(annotation("warning", cell.name, f"{verdict}: {cell.judgement.reason}"))
    fine = "" if lines else "Every cell is as expected. "
    lines.append(annotation("notice", "repro", fine + tables.sentence(cells)))
    return "".join(f"{line}\n" for line in lines)


def annotation(level: str, title: str, text: str) -> str:
    """One command. level: error, warning or notice. What could end it, or begin another one, is escaped."""
    return f"::{level} title={_escaped(title, ',:')}::{_escaped(text, '')}"


def _escaped(text: str, more: str) -> str:
    lines = "\n".join(clean(line) for line in text.replace("\r", "").split("\n"))
    for letter in "%\n" + more:
        lines = lines.replace(letter, f"%{ord(letter):02X}")
    return lines
