"""The committed reference run: its tables are what ``repro report`` makes of its records, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro import records
from repro.cli import main
from repro.judge import Verdict
from repro.report import tables
from tests.repro import lab

REPORTS = lab.ROOT / "reports"
#: Committed runs: every folder of reports/ with records, but for reports/runs, which git ignores.
RUNS = sorted({REPORTS / "reference", *(file.parent for file in REPORTS.glob("*/results.jsonl*"))})


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_the_tables_are_rebuilt_from_the_records(run: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The same bytes, today."""
    assert main(["report", str(run), "--format", "markdown"]) == 0
    assert capsysbinary.readouterr().out == (run / "tables.md").read_bytes()


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_committed_run_is_whole_and_without_our_own_faults(run: Path) -> None:
    """It has a footer, every cell that was planned, and none that says something about us instead of a pool."""
    stored = records.read(run)
    assert stored.footer is not None
    assert stored.footer["interrupted"] is False
    assert len(stored.cells) == stored.header["planned"]
    judged = tables.judged(stored)
    assert [cell.name for cell in judged if cell.judgement.verdict is Verdict.HARNESS_ERROR] == []
    assert [cell.name for cell in judged if cell.judgement.verdict != cell.stored] == []
