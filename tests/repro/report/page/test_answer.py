"""``answer``: two sentences, counted over the cells that had a fault and ran."""

from __future__ import annotations

from repro.report.page.answer import answer, listed
from repro.report.tables import FEW
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell

HANG, RAISED, EXIT, LIVELOCK = Verdict.HANG, Verdict.RAISED, Verdict.PARENT_EXIT, Verdict.LIVELOCK


def test_who_fails_is_blamed_and_who_never_does_is_named() -> None:
    bad = [cell(HANG), cell(LIVELOCK), cell(EXIT), cell(RAISED)]
    good = [cell(RAISED, pool="safepool", latency=latency) for latency in (1.0, 2.0, 4.0)]
    first, second = answer([*bad, *good, cell(HANG, faulty=False), cell(Verdict.UNSUPPORTED)])
    assert first == (
        "When something happens to a worker, Pool never returns in 2 and ends its caller's program in 1 of 4 cells."
    )
    assert second == (
        "safepool gives its caller an error or the results in each of its 3 cells; "
        "the error comes 2.0 ms after the death (median)."
    )


def test_whose_program_is_killed_blames_no_pool() -> None:
    killed = cell(EXIT, pool="safepool", exit_status=-9)
    assert answer([cell(HANG), cell(RAISED, pool="safepool"), killed]) == answer(
        [cell(HANG), cell(RAISED, pool="safepool")]
    )
    assert "ends its caller's program" in answer([cell(EXIT, exit_status=1)])[0]


def test_the_worst_come_first() -> None:
    first, second = answer([cell(HANG, pool=EXECUTOR), cell(RAISED, pool=EXECUTOR), cell(HANG, pool=POOL)])
    assert first == "When something happens to a worker, Pool never returns in 1 of 1 cell."
    assert second == "ProcessPoolExecutor never returns in 1 of 2 cells: the fewest, and no pool here never does."


def test_of_many_the_first_few_are_told() -> None:
    first, _ = answer([*(cell(HANG, pool=f"pool{number}") for number in range(FEW + 3)), cell(RAISED, pool="fine")])
    assert first.endswith("; and 3 more pools fail their callers, too.")


def test_nobody_is_to_blame() -> None:
    first, second = answer([cell(RAISED, latency=1.0), cell(Verdict.COMPLETED, pool=EXECUTOR)])
    assert first == "Whatever happens to a worker, no pool here leaves its caller waiting for ever."
    assert second.startswith(
        "Pool and ProcessPoolExecutor give their callers an error or the results in each of their 2"
    )


def test_one_pool_or_none() -> None:
    assert answer([cell(HANG)])[1] == "It is the only pool of this run."
    assert answer([cell(Verdict.COMPLETED, faulty=False)])[0] == "No cell with a fault was run."
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
