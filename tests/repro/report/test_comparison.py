"""What runs differ in, in each format: the same cells, and chance that is known fails nothing."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import pytest

from repro.report import changes, comparison
from repro.report.formats import Style
from repro.verdicts.judge import Verdict
from tests.repro.cells import cell, series_of

NAMES = ("json", "csv", "markdown", "junit", "actions", "simple", "html")
TWO = comparison.of_two(
    ["run: cut short"],
    *changes.differing(
        [cell(Verdict.HANG), cell(Verdict.HANG, "oom")], [cell(Verdict.RAISED), cell(Verdict.HANG, "oom")]
    ),
)
AGREE = comparison.of_two([], *changes.differing([cell(Verdict.HANG)], [cell(Verdict.HANG)]))
#: With Pool the first is known to complete or to hang, as it happens; the second is not known to do anything but hang.
SEVERAL = comparison.of_several(
    [],
    *changes.disagreements(
        series_of(
            [cell(Verdict.HANG, "between-tasks"), cell(Verdict.HANG)],
            [cell(Verdict.COMPLETED, "between-tasks"), cell(Verdict.RAISED)],
        )
    ),
)


@pytest.mark.parametrize("name", NAMES)
def test_every_format_says_what_differs_and_that_a_run_is_cut_short(name: str) -> None:
    text = comparison.render(name, TWO, Style(width=200, table_format=name))
    assert "sigkill" in text and "cut short" in text
    assert "oom" not in text.replace("room", "")
    assert "sigkill" not in comparison.render(name, AGREE, Style(table_format=name))


def test_programs_find_before_and_after() -> None:
    (told,) = json.loads(comparison.render("json", TWO, Style()))["differences"]
    assert (told["before"], told["after"]) == (["hang"], ["raised"])
    remark, row = csv.DictReader(io.StringIO(comparison.render("csv", TWO, Style())))
    assert remark["remark"] == "run: cut short" and remark["scenario"] == ""
    assert (row["scenario"], row["before"], row["after"], row["remark"]) == ("sigkill", "hang", "raised", "")
    assert comparison.render("csv", AGREE, Style()).count("\n") == 1


def test_ci_fails_on_what_is_no_chance() -> None:
    """A case for each that differs; what is known to be intermittent is told, and passes."""
    suite = ElementTree.fromstring(comparison.render("junit", SEVERAL, Style()))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert failed == {"the runs agree", "sigkill, Pool.map, fork, Python 3.12.1"}
    levels = [line.split(" ")[0] for line in comparison.render("actions", SEVERAL, Style()).splitlines()]
    assert sorted(levels) == ["::error", "::notice", "::warning"]
    whole = ElementTree.fromstring(comparison.render("junit", AGREE, Style()))[0]
    assert (whole.get("tests"), whole.get("failures")) == ("1", "0")
    cut = ElementTree.fromstring(comparison.render("junit", TWO, Style()))[0]
    assert cut.get("errors") == "1"
