"""The committed runs: their tables are what ``repro report`` makes of their records, byte for byte; and full runs agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.cli import main, picture_command
from repro.records import results, series
from repro.report import changes, tables
from repro.verdicts.judge import Verdict
from tests.repro import lab

REPORTS = lab.ROOT / "reports"
#: Committed runs: every folder of reports/ with records.
RUNS = sorted({REPORTS / "reference", *(file.parent for file in REPORTS.glob("*/results.jsonl*"))})


@lab.needs_records
@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_the_tables_are_rebuilt_from_the_records(run: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The same bytes, today."""
    assert main(["report", str(run), "--format", "markdown", "--details"]) == 0
    assert capsysbinary.readouterr().out == (run / "tables.md").read_bytes()


#: Named by what they show: ``matrix.svg``, ``timeline-sigkill.svg``.
PICTURES = sorted(REPORTS.glob("*/*.svg"))


@lab.needs_records
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: f"{picture.parent.name}-{picture.stem}")
def test_the_pictures_are_rebuilt_from_the_records(picture: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The same bytes, today."""
    kind, _, scenario = picture.stem.partition("-")
    chosen = ["--scenario", scenario] if scenario else []
    run = picture.parent / "bench.json.xz" if kind == "bench" else picture.parent
    assert main(["picture", kind, str(run), *chosen, "--format", "svg"]) == 0
    assert capsysbinary.readouterr().out == picture.read_bytes()


def test_there_are_pictures() -> None:
    """Of each kind."""
    assert {picture.stem.partition("-")[0] for picture in PICTURES} == set(picture_command.KINDS)


@lab.needs_records
@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_committed_run_is_whole_and_without_our_own_faults(run: Path) -> None:
    """It has a footer, every cell that was planned, and none that says something about us instead of a pool."""
    stored = results.read(run)
    assert stored.footer is not None
    assert stored.footer["interrupted"] is False
    assert len(stored.cells) == stored.header["planned"]
    judged = tables.judged(stored)
    assert [cell.name for cell in judged if cell.judgement.verdict is Verdict.HARNESS_ERROR] == []
    assert [cell.name for cell in judged if cell.judgement.verdict != cell.stored] == []


def test_full_runs_agree() -> None:
    """Each run of the series is whole, and all came to the same, but for cells that are known to be intermittent."""
    full = series.read(REPORTS / "full" / "series.jsonl.xz")
    whole = [sum(bool(runs[number]) for runs in full.verdicts.values()) for number in range(len(full.headers))]
    assert [header["planned"] for header in full.headers] == whole
    assert {
        key for key, runs in full.verdicts.items() if runs[-1]
    } == full.verdicts.keys()  # the latest has all there are
    _, sentence, fine = changes.disagreements(full)
    assert fine, sentence


def test_no_full_run_shows_safepool_hang_or_lose() -> None:
    """Nothing but results and errors; where the fault is the death of the parent itself, that."""
    full = series.read(REPORTS / "full" / "series.jsonl.xz")
    mine = {
        key: {verdict for run in runs for verdict in run} for key, runs in full.verdicts.items() if key[1] == "safepool"
    }
    assert mine
    good = {Verdict.COMPLETED, Verdict.RAISED, Verdict.UNSUPPORTED}
    harmed = {key: seen - good for key, seen in mine.items() if seen - good}
    assert {key[0]: seen for key, seen in harmed.items()} == {"parent-killed": {Verdict.PARENT_EXIT}}
