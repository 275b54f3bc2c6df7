"""Comparing runs: what differs is shown, what is not there is said, and what can't be compared is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from repro.errors import UsageError
from repro.records.judged import JudgedCell
from repro.report import changes
from repro.verdicts.judge import Verdict
from tests.repro.cells import POOL, cell, series_of


def row(table: changes.Table | None) -> list[str]:
    assert table is not None and len(table.rows) == 1
    return table.rows[0]


def test_a_verdict_that_changed_is_a_row() -> None:
    """Before and after stand beside each other; what did not change is only counted."""
    before = [cell(Verdict.HANG), cell(Verdict.HANG, "oom")]
    after = [cell(Verdict.RAISED, latency=1.0), cell(Verdict.HANG, "oom")]
    found, sentence = changes.differing(before, after)
    assert row(changes.changes(found)) == [
        "sigkill",
        "Pool.map",
        "fork",
        "3.12.1",
        "HANG",
        "raised BrokenProcessPool 1.0 ms",
    ]
    assert sentence == "1 of 2 common cells differ; 0 only in the first, 0 only in the second."


def test_patch_versions_are_compared_where_no_full_version_is_in_both() -> None:
    """3.12.1 with 3.12.9, but not with 3.13.0."""
    found, sentence = changes.differing([cell(Verdict.HANG)], [cell(Verdict.HANG, python="3.12.9")])
    assert changes.changes(found) is None and sentence.startswith("No verdict differs in 1 common cells")
    with pytest.raises(UsageError, match="no cell in common"):
        changes.differing([cell(Verdict.HANG)], [cell(Verdict.HANG, python="3.13.0")])
    for build in ("3.12.9t", "3.12.9-pypy"):
        with pytest.raises(UsageError, match="no cell in common"):
            changes.differing([cell(Verdict.HANG)], [cell(Verdict.HANG, python=build)])


def test_runs_with_other_watchdogs_are_refused() -> None:
    """A hang after 5 s and one after 60 s are not the same statement."""
    changes.check([{"timeout": 5.0}, {"timeout": 5.0}, {"timeout": 5.0}])
    with pytest.raises(UsageError, match="5 s, the other of 60 s"):
        changes.check([{"timeout": 5.0}, {"timeout": 5.0}, {"timeout": 60.0}])


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


def test_versions_that_changed_alike_are_one_row() -> None:
    """Those that follow one another as a range; another start method, or another outcome, is a row of its own."""
    pythons = ("3.11.7", "3.12.1", "3.13.0")
    before = [cell(Verdict.HANG, python=one, start_method=method) for one in pythons for method in ("fork", "spawn")]
    after = [
        cell(Verdict.RAISED if method == "fork" else Verdict.LOST, python=one, start_method=method, latency=1.0)
        for one in pythons
        for method in ("fork", "spawn")
    ]
    found, sentence = changes.differing(before, after)
    table = changes.changes(found)
    assert table is not None
    assert [one[2:] for one in table.rows] == [
        ["fork", "3.11.7-3.13.0", "HANG", "raised BrokenProcessPool 1.0 ms"],
        ["spawn", "3.11.7-3.13.0", "HANG", "LOST"],
    ]
    assert sentence.startswith("6 of 6 common cells differ")
    assert found[0].to_record() == {
        **{"scenario": "sigkill", "pool": POOL, "operation": "map", "start_method": "fork", "python": "3.11.7"},
        **{"before": ["hang"], "after": ["raised"]},
    }
