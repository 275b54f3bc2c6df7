"""Tables and sentences, from cells made by hand: they say what the cells say, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.records.judged import JudgedCell
from repro.report import tables
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        ([None], ""),
        ([1.26], "1.3 ms"),
        ([0.04], "0.0 ms"),
        ([1.0, None, 3.0], "2.0 ms"),
        ([140.4], "140 ms"),
        ([2500.0], "2.5 s"),
        ([1.0, 2.0, 9000.0], "2.0 ms"),
    ],
)
def test_a_latency_is_a_median_in_fitting_units(values: list[float | None], text: str) -> None:
    """Milliseconds with a digit below ten, without above, seconds from a thousand; what has none does not count."""
    assert tables.latency_text(values) == text


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([], ""),
        ([cell(Verdict.HANG)], "HANG"),
        ([cell(Verdict.HANG)] * 3, "HANG"),
        ([cell(Verdict.RAISED, latency=1.3)], "raised BrokenProcessPool 1.3 ms"),
        (
            [cell(Verdict.HANG), cell(Verdict.HANG), cell(Verdict.RAISED, latency=2)],
            "HANG 2/3, raised BrokenProcessPool 2.0 ms 1/3",
        ),
        ([cell(Verdict.PARENT_EXIT, exit_status=0)], "PARENT EXIT 0"),
        ([cell(Verdict.PARENT_EXIT, exit_status=-9)], "PARENT EXIT SIGKILL"),
        ([cell(Verdict.PARENT_EXIT, exit_status=None)], "PARENT EXIT"),
        ([cell(Verdict.HANG, simulated=True)], "HANG (simulated)"),
        ([cell(Verdict.COMPLETED, leftovers=["sleep"])], "completed (1 left running)"),
        ([cell(Verdict.LOST)], "LOST"),
        ([cell(Verdict.HARNESS_ERROR)], "harness error"),
        ([cell(Verdict.UNSUPPORTED)], "unsupported"),
    ],
)
def test_a_place_in_the_table_says_all_that_happened(cells: list[JudgedCell], text: str) -> None:
    """One outcome as such, several with their shares, the most frequent first; simulated and left running are never left out."""
    assert tables.in_words(cells) == text


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_legend(verdict: Verdict) -> None:
    """Whatever stands in a table is explained below it, and nothing else is."""
    lines = tables.legend([cell(verdict)])
    assert len(lines) == 1
    assert lines[0].lower().startswith(tables.in_words([cell(verdict, exit_status=None)]).split(" Broken")[0].lower())


def test_a_stand_in_has_a_legend() -> None:
    """A simulated fault is said to be one in the legend, too."""
    assert any(line.startswith("simulated: ") for line in tables.legend([cell(Verdict.HANG, simulated=True)]))


def test_in_other_words_a_number_stays_one() -> None:
    """It stands to the right, and beside its unit."""
    assert tables.Table("t", ["age"], [["2 min"]], (0,)).with_texts(str.upper) == tables.Table(
        "T", ["AGE"], [["2 MIN"]], (0,)
    )


def test_the_sentence_counts_faults_that_happened() -> None:
    """Controls and cells that say nothing are not counted among the faults."""
    cells = [
        cell(Verdict.HANG),
        cell(Verdict.COMPLETED, "ok", faulty=False),
        cell(Verdict.INCONCLUSIVE, "oom"),
        cell(Verdict.RAISED, pool=EXECUTOR, latency=1.5),
    ]
    assert tables.sentence(cells) == (
        "Of 1 fault, Pool hung for ever in 1; of 1 fault, ProcessPoolExecutor told its caller in 1, after 1.5 ms (median)."
    )
    assert tables.sentence([]) == "No cell with a fault was run."


def test_many_pools_are_told_of_by_what_became_of_them() -> None:
    """One after the other they would be a paragraph that nobody reads: who hung, and who did not."""
    pools = [POOL, EXECUTOR, "loky", "pebble", "billiard"]
    cells = [cell(Verdict.RAISED, scenario, pool, latency=1.0) for pool in pools for scenario in ("sigkill", "oom")]
    cells[0] = cell(Verdict.HANG)
    cells[-1] = cell(Verdict.LOST, "oom", "billiard")
    assert tables.sentence(cells) == (
        "Hung for ever: Pool in 1/2. Lost results: billiard in 1/2. Told the caller of each fault, or bore it: "
        "ProcessPoolExecutor, loky, pebble."
    )


def test_what_was_planned_and_not_run_has_its_place() -> None:
    """A pool that hangs ends last: of a run that was cut short its column would be gone, and nobody miss it."""
    missing = [("sigkill", POOL, "map", "fork", "3.12.1", 1), ("ok", EXECUTOR, "map", "spawn", "3.12.1", 1)]
    table = tables.comparison([cell(Verdict.COMPLETED, "ok", EXECUTOR), cell(Verdict.RAISED, pool=EXECUTOR)], missing)
    assert table.headers == ["scenario", "Pool", "ProcessPoolExecutor"]
    assert table.rows == [
        ["ok", "", "completed (1 not run)"],
        ["sigkill", "not run", "raised BrokenProcessPool"],
    ]


def test_the_legend_says_why_cells_were_not_run() -> None:
    """Of what says nothing of a pool, each reason once; many of them are not told there."""

    def absent(reason: str) -> JudgedCell:
        one = cell(Verdict.UNSUPPORTED)
        return replace(one, judgement=replace(one.judgement, reason=reason))

    assert tables.legend([absent("no loky"), absent("no ray"), absent("no loky")]) == [
        "unsupported: it can't be run here: no loky; no ray"
    ]
    assert tables.legend([absent(f"no {number}") for number in range(9)]) == ["unsupported: it can't be run here"]
