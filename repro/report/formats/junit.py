"""For CI systems that show tests: JUnit's XML. A suite for each pool, a case for each cell; what is not as it was known fails.

There is no standard of it; what is written here is what Jenkins, GitLab and GitHub's reporters read
(https://github.com/testmoapp/junitxml). A cell of which nothing is known fails where its caller waits for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.planned import NAMES
from repro.records.results import Run
from repro.records.shown import text as clean
from repro.report import remarks
from repro.report.formats import Style
from repro.report.remarks import Remark
from repro.verdicts.judge import Verdict

HUNG = (Verdict.HANG, Verdict.LIVELOCK)


def render(run: Run, cells: Sequence[JudgedCell], style: Style) -> str:
    suites = ElementTree.Element("testsuites", name="repro")
    said = remarks.remarks(run, cells)
    if said or planned.is_cut_short(run):
        _suite_of_the_run(suites, run, said)
    for pool in dict.fromkeys(cell.pool for cell in cells):
        mine = [cell for cell in cells if cell.pool == pool]
        suite = ElementTree.SubElement(
            suites, "testsuite", name=clean(pool), timestamp=clean(str(run.header["started"]))
        )
        for cell in mine:
            _case(suite, cell)
        count(suite)
    return document(suites)


def _suite_of_the_run(suites: ElementTree.Element, run: Run, said: Sequence[Remark]) -> None:
    """What is to be known before all else; a run that can't be relied on is an error, or its tests would seem to have passed."""
    suite = ElementTree.SubElement(suites, "testsuite", name="the run itself")
    case = ElementTree.SubElement(suite, "testcase", classname="repro", name="the run is whole and was not disturbed")
    for remark in said:
        if remark.spoils:
            ElementTree.SubElement(case, "error", message=clean(remark.text))
        else:
            ElementTree.SubElement(case, "system-out").text = clean(remark.text)
    for key in planned.missing(run):
        told = dict(zip(NAMES, key, strict=True))
        name = ", ".join(str(told[one]) for one in ("pool", "operation", "start_method", "python") if told[one])
        case = ElementTree.SubElement(suite, "testcase", classname=clean(str(told["scenario"])), name=clean(name))
        ElementTree.SubElement(case, "skipped", message="planned, and not run")
    count(suite)


def _case(suite: ElementTree.Element, cell: JudgedCell) -> None:
    name = ", ".join(filter(None, [f"{cell.pool}.{cell.operation}", cell.start_method, f"Python {cell.python}"]))
    case = ElementTree.SubElement(suite, "testcase", classname=clean(cell.scenario), name=clean(name))
    verdict, reason = cell.judgement.verdict, clean(cell.judgement.reason)
    if verdict in (Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE):
        ElementTree.SubElement(case, "error", message=f"{verdict}: {reason}")
    elif verdict is Verdict.UNSUPPORTED:
        ElementTree.SubElement(case, "skipped", message=reason)
    elif cell.as_expected is False:
        known = " or ".join(cell.expected or ())
        ElementTree.SubElement(case, "failure", message=f"{verdict}, and known is {known}: {reason}")
    elif cell.as_expected is None and verdict in HUNG:
        ElementTree.SubElement(case, "failure", message=f"{verdict}, and nothing is known of it: {reason}")
    else:
        ElementTree.SubElement(case, "system-out").text = f"{verdict}: {reason}"


def document(suites: ElementTree.Element) -> str:
    """The XML, a line for each element."""
    ElementTree.indent(suites, " ")
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


def count(suite: ElementTree.Element) -> None:
    """What a suite says of itself: how many cases, and how many of them failed."""
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase[{tag}]"))))
