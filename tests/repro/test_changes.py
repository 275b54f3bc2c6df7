"""Comparing runs: what differs is shown, what is not there is said, and what can't be compared is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from repro.errors import UsageError
from repro.records import results
from repro.records.judged import JudgedCell
from repro.records.series import Series
from repro.report import changes
from repro.verdicts.judge import Verdict
from tests.repro import lab
from tests.repro.test_tables import POOL, cell

REFERENCE = lab.ROOT / "reports" / "reference"


def row(table: changes.Table | None) -> list[str]:
    assert table is not None and len(table.rows) == 1
    return table.rows[0]


def test_a_verdict_that_changed_is_a_row() -> None:
    """Before and after stand beside each other; what did not change is only counted."""
    before = [cell(Verdict.HANG), cell(Verdict.HANG, "oom")]
    after = [cell(Verdict.RAISED, latency=1.0), cell(Verdict.HANG, "oom")]
    table, sentence = changes.changes(before, after)
    assert row(table) == ["sigkill", "Pool.map", "fork", "3.12.1", "HANG", "raised BrokenProcessPool 1.0 ms"]
    assert sentence == "1 of 2 common cells differ; 0 only in the first, 0 only in the second."


def test_patch_versions_are_compared_where_no_full_version_is_in_both() -> None:
    """3.12.1 with 3.12.9, but not with 3.13.0."""
    table, sentence = changes.changes([cell(Verdict.HANG)], [cell(Verdict.HANG, python="3.12.9")])
    assert table is None and sentence.startswith("No verdict differs in 1 common cells")
    with pytest.raises(UsageError, match="no cell in common"):
        changes.changes([cell(Verdict.HANG)], [cell(Verdict.HANG, python="3.13.0")])
    for build in ("3.12.9t", "3.12.9-pypy"):
        with pytest.raises(UsageError, match="no cell in common"):
            changes.changes([cell(Verdict.HANG)], [cell(Verdict.HANG, python=build)])


def test_runs_with_other_watchdogs_are_refused() -> None:
    """A hang after 5 s and one after 60 s are not the same statement."""
    changes.check([{"timeout": 5.0}, {"timeout": 5.0}, {"timeout": 5.0}])
    with pytest.raises(UsageError, match="5 s, the other of 60 s"):
        changes.check([{"timeout": 5.0}, {"timeout": 5.0}, {"timeout": 60.0}])


def series_of(*runs: Sequence[JudgedCell]) -> Series:
    """The series of several runs, each with a start of its own."""
    made = Series([], {})
    for number, cells in enumerate(runs):
        made = made.and_run({"started": str(number), "machine": {}, "timeout": 5.0}, cells)
    return made


KNOWN = "between-tasks"  # with Pool it is known to complete or to hang, as it happens


@pytest.mark.parametrize(
    ("scenario", "verdicts", "known"),
    [
        (KNOWN, [Verdict.HANG, Verdict.COMPLETED, Verdict.HANG], True),
        (KNOWN, [Verdict.HANG, Verdict.LOST, Verdict.HANG], False),
        (KNOWN, [Verdict.HANG, Verdict.INCONCLUSIVE, Verdict.HANG], False),
        ("sigkill", [Verdict.HANG, Verdict.RAISED, Verdict.HANG], False),
    ],
)
def test_runs_that_disagree(scenario: str, verdicts: Sequence[Verdict], known: bool) -> None:
    """Every verdict that was seen is counted; it is known only if each of them is, and a cell without one is not."""
    runs = [[cell(verdict, scenario), cell(Verdict.COMPLETED, "ok")] for verdict in verdicts]
    table, sentence, fine = changes.disagreements(series_of(*runs))
    scenario_, *_, seen, told = row(table)
    assert (scenario_, told, fine) == (scenario, "known" if known else "not known", known)
    assert seen.startswith("hang 2/3, ")
    assert "3 runs have 2 cells in common; 1 did not come out the same each time" in sentence


def test_runs_that_agree() -> None:
    """Nothing is shown, and how much was compared is said; cells that some run does not have do not count."""
    runs = [[cell(Verdict.HANG)], [cell(Verdict.HANG)], [cell(Verdict.HANG), cell(Verdict.HANG, "oom")]]
    table, sentence, fine = changes.disagreements(series_of(*runs))
    assert (table, sentence, fine) == (
        None,
        "3 runs have 1 cells in common (1 more are not in all of them), and agree on each.",
        True,
    )
    with pytest.raises(UsageError, match="no cell in common"):
        changes.disagreements(series_of([cell(Verdict.HANG)], [cell(Verdict.HANG, python="3.12.9")]))


def test_a_cell_with_its_repetitions_in_one_run() -> None:
    """What differs within one run, differs."""
    mixed: list[JudgedCell] = [cell(Verdict.HANG, KNOWN, POOL), cell(Verdict.COMPLETED, KNOWN, POOL, repetition=2)]
    table, _, fine = changes.disagreements(series_of(mixed, mixed, mixed))
    assert row(table)[-2:] == ["hang 3/6, completed 3/6", "known"] and fine


@lab.needs_records
def test_the_command(tmp_path: Path) -> None:
    """Two runs or several; a run that is not there is an error, and so is one that is there twice."""
    copies = [later(tmp_path / name, name) for name in ("1", "2")]
    two = lab.command("compare", REFERENCE, copies[0], cwd=tmp_path)
    assert two.returncode == 0 and two.stdout.startswith("No verdict differs in 810 common cells")
    three = lab.command("compare", REFERENCE, *copies, cwd=tmp_path)
    assert three.returncode == 0 and "3 runs have 810 cells in common, and agree on each." in three.stdout
    for wrong, words in (
        ((REFERENCE, tmp_path / "none"), "no run at"),
        ((REFERENCE, copies[0], REFERENCE), "is in the series already"),
        ((REFERENCE,), "give two, or several"),
        ((), "give two, or several"),
        (("--series", tmp_path / "none"), "no series at"),
    ):
        refused = lab.command("compare", *wrong, cwd=tmp_path)
        assert refused.returncode == 64 and words in refused.stderr


@lab.needs_records
def test_a_series_grows(tmp_path: Path) -> None:
    """A run is added to what is there; all that the file holds is compared, with the runs at hand or without."""
    file = tmp_path / "series.jsonl.xz"
    first = lab.command("compare", REFERENCE, "--series", file, cwd=tmp_path)
    assert first.returncode == 0 and "1 runs have 810 cells in common" in first.stdout
    second = lab.command("compare", later(tmp_path / "1", "1"), "--series", file, cwd=tmp_path)
    assert second.returncode == 0 and "2 runs have 810 cells in common, and agree on each." in second.stdout
    before = file.read_bytes()
    again = lab.command("compare", REFERENCE, "--series", file, cwd=tmp_path)
    assert again.returncode == 64 and file.read_bytes() == before
    other = lab.command("compare", later(tmp_path / "2", "2", python="3.99.0"), "--series", file, cwd=tmp_path)
    cut = lab.command("compare", later(tmp_path / "3", "3", whole=False), "--series", file, cwd=tmp_path)
    assert other.returncode == 64 and "no cell in common" in other.stderr
    assert cut.returncode == 64 and "was cut off after 810 of 810 cells" in cut.stderr
    assert file.read_bytes() == before
    alone = lab.command("compare", "--series", file, cwd=tmp_path)
    assert (alone.returncode, alone.stdout) == (0, second.stdout)


def later(directory: Path, started: str, python: str = "", whole: bool = True) -> Path:
    """A copy of the reference run, as if it had been started at another time; with another Python, or without its end."""
    stored = results.read(REFERENCE)
    writer = results.Writer(directory)
    writer.write({**stored.header, "started": started})
    for record in stored.cells:
        writer.write({**record, "python": python or record["python"]})
    if whole and stored.footer is not None:
        writer.write(stored.footer)
    writer.close()
    return directory
