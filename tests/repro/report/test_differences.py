"""Where verdicts differ between versions, start methods, operations; and where they only seem to."""

from __future__ import annotations

import pytest

from repro.report import differences, tables
from repro.verdicts.judge import Verdict
from tests.repro.cells import cell


def test_what_differs_between_pythons_is_shown() -> None:
    """A row for each comparison that differs, with the outcomes by version, in the order of versions and not of letters."""
    cells = [
        cell(Verdict.HANG, python="3.9.18"),
        cell(Verdict.RAISED, python="3.12.1"),
        cell(Verdict.HANG, "oom", python="3.9.18"),
        cell(Verdict.HANG, "oom", python="3.12.1"),
    ]
    table, sentence = differences.between(cells, "python", "Python versions")
    assert table is not None
    assert table.headers == ["scenario", "outcomes"]
    assert table.rows == [["sigkill", "HANG: 3.9.18; raised BrokenProcessPool: 3.12.1"]]
    assert sentence == "1 of 2 comparisons differ between the 2 Python versions."


def test_what_differs_alike_is_one_row() -> None:
    """Start methods with the same outcomes stand in one row, and versions that follow one another are a range."""
    cells = [
        cell(verdict, python=python, start_method=method)
        for method in ("fork", "spawn")
        for python, verdict in (
            *(("3.8.1", Verdict.HANG), ("3.9.18", Verdict.HANG), ("3.10.1", Verdict.RAISED)),
            *(("3.11.1", Verdict.HANG), ("3.12.1", Verdict.HANG)),
        )
    ]
    table, sentence = differences.between(cells, "python", "Python versions")
    assert table is not None
    assert table.headers == ["start methods", "outcomes"]
    assert table.rows == [["fork, spawn", "HANG: 3.8.1-3.9.18, 3.11.1-3.12.1; raised BrokenProcessPool: 3.10.1"]]
    assert sentence == "2 of 2 comparisons differ between the 5 Python versions."


def test_what_does_not_differ_is_said() -> None:
    """No difference is a result, too; with one value there is nothing to compare."""
    cells = [cell(Verdict.HANG, python="3.9.18"), cell(Verdict.HANG, python="3.12.1")]
    assert differences.between(cells, "python", "Python versions") == (
        None,
        "No verdict differs between the 2 Python versions: 3.9.18, 3.12.1.",
    )
    assert differences.between(cells[:1], "python", "Python versions") == (None, None)


@pytest.mark.parametrize("verdict", [Verdict.UNSUPPORTED, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR])
def test_what_did_not_run_is_not_compared(verdict: Verdict) -> None:
    """That no verdict differs is not to be said of an interpreter in which nothing ran."""
    cells = [cell(Verdict.HANG), cell(verdict, python="/somewhere/python")]
    assert differences.between(cells, "python", "Python versions") == (None, None)


def test_an_intermittent_cell_is_no_difference_of_versions() -> None:
    """With repetitions, a cell that goes both ways in one version and one of them in the other does not differ between them, as
    the list of changes has it, too; one that never does the same, does."""
    both = [
        cell(verdict, python=python, repetition=number)
        for python in ("3.9.18", "3.12.1")
        for number, verdict in enumerate([Verdict.HANG, Verdict.RAISED], 1)
    ]
    table, _sentence = differences.between(both, "python", "Python versions")
    assert table is None
    for same in (both[:3], [*both[:2], both[3]]):
        table, _sentence = differences.between(same, "python", "Python versions")
        assert table is None
    table, _sentence = differences.between([both[0], both[3]], "python", "Python versions")
    assert table is not None


def test_an_intermittent_cell_does_not_differ() -> None:
    """Of a cell that is known to come out in two ways, which one a version or a start method shows is chance."""
    chance = [
        cell(Verdict.HANG, "between-tasks", python="3.11.7"),
        cell(Verdict.COMPLETED, "between-tasks", python="3.12.1"),
    ]
    table, sentence = differences.between(chance, "python", "Python versions")
    assert table is None and sentence is not None and sentence.startswith("No verdict differs")
    assert any("intermittent" in line for line in tables.legend(chance))
    news = [cell(Verdict.HANG, "between-tasks", python="3.11.7"), cell(Verdict.LOST, "between-tasks", python="3.12.1")]
    table, _ = differences.between(news, "python", "Python versions")
    assert table is not None and len(table.rows) == 1
