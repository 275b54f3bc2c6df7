"""``matrix``: what agrees is said once, and what differs is never hidden."""

from __future__ import annotations

from repro.records.judged import JudgedCell
from repro.report.pictures.matrix import Part, Stretch, extent, matrix
from repro.verdicts.expectations import Expectation
from repro.verdicts.judge import Judgement, Verdict

H, R, C = Verdict.HANG, Verdict.RAISED, Verdict.COMPLETED


def cell(
    python: str,
    verdict: Verdict,
    method: str = "fork",
    scenario: str = "dies",
    pool: str = "Pool",
    known: tuple[Verdict, ...] = (),
) -> JudgedCell:
    expectation = Expectation(known) if known else None
    return JudgedCell(
        scenario, pool, "map", method, python, 1, Judgement(verdict, ""), 0, True, str(verdict), expectation
    )


def stretches(*cells: JudgedCell) -> list[Stretch]:
    ((_, (row,)),) = matrix(cells, {}).groups
    return row.pools["Pool"]


def test_versions_that_agree_are_one_stretch() -> None:
    """3.10 comes after 3.9, whatever the order of the records."""
    hang = (Part((), H, False),)
    found = stretches(cell("3.10.1", H), cell("3.9.2", H), cell("3.12.0", R), cell("3.11.4", H))
    assert found == [Stretch(0, 2, hang), Stretch(3, 3, (Part((), R, False),))]


def test_a_version_that_was_not_run_ends_a_stretch() -> None:
    cells = [cell("3.9.2", H), cell("3.11.4", H), cell("3.10.1", R, scenario="another")]
    one = matrix(cells, {})
    rows = {row.scenario: row for _, rows in one.groups for row in rows}
    assert [(stretch.first, stretch.last) for stretch in rows["dies"].pools["Pool"]] == [(0, 0), (2, 2)]
    assert extent(one, rows["dies"].pools["Pool"][0]) == "3.9"


def test_start_methods_that_differ_are_told_apart() -> None:
    """The worst first."""
    (found,) = stretches(cell("3.9.2", R, "spawn"), cell("3.9.2", H, "fork"), cell("3.9.2", R, "forkserver"))
    assert found.parts == (Part(("fork",), H, False), Part(("spawn", "forkserver"), R, False))


def test_chance_is_no_change_between_versions() -> None:
    """Of a cell that is known to hang now and then, all that it is known to come to is shown."""
    found = stretches(cell("3.9.2", H, known=(H, C)), cell("3.10.1", C, known=(H, C)))
    assert found == [Stretch(0, 1, (Part((), H, True),))]


def test_repetitions_that_differ_are_now_and_then() -> None:
    assert stretches(cell("3.9.2", C), cell("3.9.2", H))[0].parts == (Part((), H, True),)


def test_scenarios_are_grouped_by_what_dies() -> None:
    """In the order of the groups; what is unknown comes last."""
    cells = [cell("3.9.2", H, scenario=name) for name in ("strange", "killed", "control")]
    about = {"killed": ("a kill", ("quick", "signal")), "control": ("nothing", ("control",))}
    groups = matrix(cells, about).groups
    assert [(heading, [row.scenario for row in rows]) for heading, rows in groups] == [
        ("nothing dies (the controls)", ["control"]),
        ("a worker gets a signal", ["killed"]),
        ("others", ["strange"]),
    ]
    assert groups[1][1][0].title == "a kill"
