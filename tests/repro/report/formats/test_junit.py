"""``junit``: what a CI system counts is what a reader of the tables would."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report.formats import Style, junit
from repro.verdicts.judge import Judgement, Verdict
from tests.repro.report.pictures.test_matrix import C, H, R, cell

HEADER = {"started": "2026-01-01T00:00:00Z", "planned": 5, "repeat": 1}


def suites(*cells: JudgedCell, missing: int = 0) -> dict[str | None, ElementTree.Element]:
    run = Run(
        HEADER | {"planned": len(cells) + missing}, [{}] * len(cells), None if missing else {"interrupted": False}
    )
    root = ElementTree.fromstring(junit.render(run, cells, Style()))
    return {suite.get("name"): suite for suite in root}


def test_what_is_as_known_passes_and_else_fails() -> None:
    """Nothing is known of a third party's pool: then a hang fails, an error passes."""
    suite = suites(
        cell("3.9.2", H, known=(H,)), cell("3.9.2", R, known=(H,)), cell("3.9.2", H), cell("3.9.2", R),
        cell("3.9.2", Verdict.UNSUPPORTED), cell("3.9.2", Verdict.INCONCLUSIVE),
    )["Pool"]  # fmt: skip
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "2", "1", "1"]
    failures = [one.get("message") for one in suite.findall("testcase/failure")]
    assert failures == ["raised, and known is hang: ", "hang, and nothing is known of it: "]


def test_a_run_that_is_not_whole_is_an_error() -> None:
    """Else what is missing would seem to have passed."""
    assert "the run itself" not in suites(cell("3.9.2", C))
    assert suites(cell("3.9.2", C), missing=1)["the run itself"].get("errors") == "1"


def test_a_run_that_was_resumed_is_no_error() -> None:
    """It is whole; that it was cut short before is said, and fails nothing."""
    run = Run(HEADER | {"planned": 1}, [{}], {"interrupted": False}, resumed=[{"started": "later", "missing": 1}])
    suite = ElementTree.fromstring(junit.render(run, [cell("3.9.2", C)], Style()))[0]
    assert (suite.get("name"), suite.get("errors")) == ("the run itself", "0")
    assert "resumed on later" in (suite.findtext("testcase/system-out") or "")


def test_hostile_texts_are_text() -> None:
    one = replace(cell("3.9.2", R, known=(H,)), judgement=Judgement(R, "]]></failure>\x1b[2J\x00<x/>"), pool="<p>\x00")
    text = junit.render(Run(HEADER, [{}], {"interrupted": False}), [one], Style())
    assert not set(text) & set("\x1b\x00")
    (failure,) = ElementTree.fromstring(text).iter("failure")
    assert failure.get("message") == "raised, and known is hang: ]]></failure>\\x1b[2J\\x00<x/>"
