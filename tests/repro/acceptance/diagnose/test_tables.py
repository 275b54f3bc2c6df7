"""The report in ``reports/diagnose/``: rebuilt from its records, byte by byte; and what it is to show."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

from tests.repro import lab
from tests.repro.acceptance.diagnose import asking, healthy, pauses, right, tables

FOLDER = lab.ROOT / "reports" / "diagnose"


def hung(scenario: str, diagnosis: str, python: str = "3.11.7", mode: str = asking.WITH) -> tables.Record:
    return {
        "scenario": scenario,
        "pool": right.POOL,
        "start_method": "fork",
        "python": python,
        "mode": mode,
        "diagnosis": diagnosis,
        "seconds": 0.5,
    }


def test_the_tables_are_rebuilt_from_the_records() -> None:
    """The same bytes, today."""
    assert tables.of_folder(FOLDER).encode() == (FOLDER / "tables.md").read_bytes()


def test_no_diagnosis_is_wrong_and_few_are_left_open() -> None:
    """Of programs that hang; and no program that does not hang is called stuck."""
    several, well = tables.read(FOLDER / tables.HUNG), tables.read(FOLDER / tables.WELL)
    for mode in asking.MODES:
        asked = [one for one in several if one["mode"] == mode]
        assert [one for one in asked if tables.verdict(one) == "wrong"] == []
        assert tables.figures(well, tables.verdict_when_well, mode)[1]["wrong"] == 0
    number, counts = tables.figures(several, tables.verdict, asking.WITH)
    assert counts["cannot tell"] < 0.05 * number


def test_the_first_answer_comes_soon_and_nobody_is_stopped() -> None:
    """Within 3 s, of 5,000 processes, too; the program is never kept from the clock for more than a tenth of a second."""
    several = tables.pauses_of(FOLDER)
    assert {one["children"] for one in several} == {0, 5000}
    assert all(one["seconds"] < 3 for one in several if one["mode"] != pauses.NOBODY_ASKS)
    assert all(gap < 0.1 for one in several for gap in one["gaps"])


def test_a_gap_is_told_with_what_it_is_to_be_held_against() -> None:
    quiet = {"mode": pauses.NOBODY_ASKS, "children": 0, "gaps": [0.001, 0.002, 0.001]}
    asked = {"mode": asking.WITH, "children": 0, "gaps": [0.25, 0.001, 0.001], "seconds": 0.8, "cpu": 0.4}
    page = tables.report([hung("sigkill", "lost-task")], [], [quiet, asked, {**asked, "seconds": 1.2}])
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()]
    assert ["0", "py-spy", "2", "1.00", "1.20", "0.40", "250.0"] in lines
    assert ["0", "nobody asks", "1", "", "", "", "2.0"] in lines


def test_a_wrong_diagnosis_is_seen_in_the_tables() -> None:
    several = [hung("sigkill", "lost-task"), hung("sigkill", "idle-pool", "3.8.18"), hung("sigstop", "cannot-tell")]
    page = tables.report(several, [])
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()]
    assert ["py-spy", "3", "1", "1 (33.3%)", "1", "0.50", "0.50"] in lines
    assert ["sigkill", "Pool", "1", "1 **!**", ""] in lines
    assert ["sigstop", "Pool", "", "", "1"] in lines


def test_the_sentence_has_the_figures() -> None:
    """Of each mode; and of healthy programs, each counts once."""
    several = [hung("sigkill", kind, python, mode) for mode in asking.MODES for kind, python in _TOLD]
    well = [hung("sleeps", kind, mode=mode) for kind, mode in zip(_KINDS, asking.MODES, strict=True)]
    told = tables.sentence(several, well)
    assert told.startswith(
        "Of 2 programs that really hung (CPython 3.8.18, 3.11.7), with py-spy 1 were told rightly, 1 not at all, 0 wrong"
    )
    assert told.endswith("Of 1 programs that only compute, wait or idle, 1 was called stuck.")


_TOLD = (("lost-task", "3.11.7"), ("cannot-tell", "3.8.18"))
_KINDS = ("only-slow", "cannot-tell", "lost-task")


def test_the_order_of_the_records_does_not_matter(tmp_path: Path) -> None:
    several = [hung("sigkill", "lost-task", python) for python in ("3.8.18", "3.11.7")]
    pages = []
    for order in (several, several[::-1]):
        file = tmp_path / f"{len(pages)}.xz"
        file.write_bytes(lzma.compress("\n".join(map(json.dumps, order)).encode()))
        pages.append(tables.report(tables.read(file), []))
    assert pages[0] == pages[1]


def test_what_did_not_hang_is_told() -> None:
    page = tables.report([hung("between-tasks", "did not hang", mode="")], [])
    assert "`between-tasks` in Pool of 3.11.7" in page


def test_a_program_that_does_not_hang_may_be_called_anything_but_stuck() -> None:
    told = [
        tables.verdict_when_well({"diagnosis": kind}) for kind in ("only-slow", "idle-pool", "cannot-tell", "lost-task")
    ]
    assert told == ["right", "right", "cannot tell", "wrong"]


def test_a_program_counts_once_for_each_start_method() -> None:
    forked = hung("sleeps", "only-slow")
    assert "Of 2 programs that only" in tables.sentence(
        [hung("sigkill", "lost-task")], [forked, {**forked, "start_method": "spawn"}]
    )


def test_there_are_programs_of_each_kind() -> None:
    """With four Pythons, more than 150."""
    one = healthy.several(healthy.Interpreter("python"))
    assert len(one) == len(set(map(str, one))) and 4 * len(one) >= 150
