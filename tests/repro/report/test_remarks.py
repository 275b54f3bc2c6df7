"""What a report says first, from cells made by hand."""

from __future__ import annotations

from repro.records.results import Run
from repro.report import remarks
from repro.report.remarks import LINES, Remark
from repro.report.tables import Table
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell


def run(planned: int, there: int) -> Run:
    return Run({"planned": planned, "repeat": 1, "started": "then"}, [{}] * there, None)


def test_a_control_that_failed_means_a_disturbed_run() -> None:
    """Whatever became of it, but that it could not be run; with what the cell wrote on stderr."""
    fine = [cell(Verdict.COMPLETED, "ok"), cell(Verdict.HANG), cell(Verdict.UNSUPPORTED, "ok")]
    assert remarks.disturbed(fine) == []
    for verdict in set(Verdict) - {Verdict.COMPLETED, Verdict.UNSUPPORTED}:
        (remark,) = remarks.disturbed([*fine, cell(verdict, "ok", stderr="Traceback\nOSError: no\n")])
        assert remark.text.startswith(
            "This run was disturbed: in the control nobody dies, and yet ok, multiprocessing.Pool.map"
        )
        assert remark.text.endswith(f": {verdict}: reason")
        assert remark.output == "Traceback\nOSError: no"


def test_where_nothing_ran_the_reason_is_said() -> None:
    """Nothing at all, or nothing in a pool, or with a Python: each reason once."""
    none = [cell(Verdict.UNSUPPORTED), cell(Verdict.UNSUPPORTED, pool=EXECUTOR)]
    assert remarks.idle(none) == [
        Remark("Nothing ran in Pool, ProcessPoolExecutor with Python 3.12.1: reason", spoils=True)
    ]
    assert remarks.idle([]) == []
    dead = cell(Verdict.HARNESS_ERROR, "ok", began=False)
    assert remarks.idle([dead]) == [Remark("Nothing ran in Pool with Python 3.12.1: reason", spoils=True)]
    assert remarks.disturbed([dead]) == []
    assert remarks.idle([*none, cell(Verdict.HANG)]) == [Remark("Nothing ran in ProcessPoolExecutor: reason")]
    other = cell(Verdict.UNSUPPORTED, pool=EXECUTOR, python="/bin/ls")
    assert remarks.idle([cell(Verdict.HANG), cell(Verdict.RAISED, pool=EXECUTOR), other]) == [
        Remark("Nothing ran with Python /bin/ls: reason")
    ]
    assert remarks.idle([cell(Verdict.HANG, pool=POOL)]) == []


def test_a_table_of_a_run_that_was_cut_short_says_so() -> None:
    """In its title; that of a whole run is as it was."""
    table = Table("What the caller saw", [], [])
    assert remarks.marked(table, run(6, 6)) == table
    assert remarks.marked(table, run(6, 4)).title == "What the caller saw - CUT SHORT: 4 of 6 cells"


def test_remarks_begin_with_what_is_missing() -> None:
    """Then what disturbed it, then what did not run."""
    cells = [cell(Verdict.HANG, "ok"), cell(Verdict.UNSUPPORTED, pool=EXECUTOR)]
    told = [remark.text.split(":")[0] for remark in remarks.remarks(run(6, 2), cells)]
    assert told == ["This run was cut short", "This run was disturbed", "Nothing ran in ProcessPoolExecutor"]
    assert remarks.remarks(run(1, 1), [cell(Verdict.COMPLETED, "ok")]) == []


def test_the_end_of_an_output_says_how_much_is_before_it() -> None:
    """Few lines are shown as they are."""
    assert remarks.last_lines("one\ntwo\n\n") == "one\ntwo"
    many = remarks.last_lines("\n".join(map(str, range(100)))).splitlines()
    assert many[0] == f"... ({100 - LINES} lines before)" and many[1:] == list(map(str, range(100 - LINES, 100)))
