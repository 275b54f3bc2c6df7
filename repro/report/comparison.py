"""How is it written what runs differ in? In each format that ``repro compare`` has, from what ``changes`` has found. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.etree import ElementTree

from repro.records.shown import text as clean
from repro.report import comment
from repro.report.changes import DISAGREEMENT, KNOWN, Difference, changes
from repro.report.formats import Style, csv, junit, markdown
from repro.report.formats.actions import annotation
from repro.report.formats.terminal import table_text
from repro.report.literal import everywhere, literal
from repro.report.tables import Table

#: A column of the CSV: of a line that is about a run, and not about a cell.
REMARK = "remark"
#: How to get what a comment has no room for.
MORE = "all of it: --format json; some: filters, as `--scenario NAME`"


class Case(NamedTuple):
    """A kind of cell that came to several verdicts. fails: whether that is not chance that is known."""

    name: str
    text: str
    fails: bool


@dataclass(frozen=True)
class Comparison:
    """cut: of runs that are not whole, that they are not. table: for readers, where something differs. records: the same for
    programs, each with ``columns``. sentence: what was found. agree: whether nothing differs but by chance that is known."""

    cut: Sequence[str]
    table: Table | None
    columns: Sequence[str]
    records: Sequence[dict[str, Any]]
    cases: Sequence[Case]
    sentence: str
    agree: bool


def of_two(cut: Sequence[str], found: Sequence[Difference], sentence: str) -> Comparison:
    """What two runs differ in."""
    records = [one.to_record() for one in found]
    cases = []
    for one in records:
        where = ", ".join(filter(None, [one["start_method"], f"Python {one['python']}"]))
        told = f"{' or '.join(one['before'])} before, {' or '.join(one['after'])} after"
        cases.append(Case(f"{one['scenario']}, {one['pool']}.{one['operation']}, {where}", told, True))
    columns = ("scenario", "pool", "operation", "start_method", "python", "before", "after")
    return Comparison(cut, changes(found), columns, records, cases, sentence, not found)


def of_several(cut: Sequence[str], table: Table | None, sentence: str, agree: bool) -> Comparison:
    """What several runs of the same do not agree on. table: of ``changes.disagreements``."""
    whole = table or Table("", [*DISAGREEMENT], [])
    cases = [
        Case(
            ", ".join(filter(None, [*where, f"Python {python}"])),
            f"{verdicts}: {known} to be intermittent",
            known != KNOWN,
        )
        for *where, python, verdicts, known in whole.rows
    ]
    return Comparison(cut, table, whole.names, whole.as_dicts(), cases, sentence, agree)


def render(name: str, found: Comparison, style: Style) -> str:
    """The comparison in a format. name: json, csv, markdown, junit, actions, or one of tabulate's."""
    change = literal(name)
    cut = [change(one) for one in found.cut]
    table = found.table.with_texts(change) if found.table else None
    if name == "json":
        told = {"remarks": cut, "agree": found.agree, "sentence": found.sentence, "differences": found.records}
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    if name == "csv":
        rows = [{REMARK: one} for one in cut] + [
            {key: " or ".join(value) if isinstance(value, list) else value for key, value in record.items()}
            for record in everywhere([*found.records], change)
        ]
        return csv.lines([*found.columns, REMARK], rows)
    if name == "junit":
        return _junit(found)
    if name == "actions":
        lines = [annotation("warning", "this run", one) for one in cut]
        lines += [annotation("error" if one.fails else "warning", one.name, one.text) for one in found.cases]
        return "\n".join([*lines, annotation("notice", "repro compare", found.sentence)]) + "\n"
    if name == "markdown":
        parts = [f"**{one}**" for one in cut] + ([markdown.section(table)] if table else []) + [found.sentence]
        return comment.fitted(parts, MORE)
    return "\n\n".join([*cut, *([table_text(table, style)] if table else []), found.sentence]) + "\n"


def _junit(found: Comparison) -> str:
    """A case for each that differs, and one for all: a file without any case would seem to be a mistake."""
    suites = ElementTree.Element("testsuites", name="repro")
    suite = ElementTree.SubElement(suites, "testsuite", name="compare")
    for cut in found.cut:
        case = ElementTree.SubElement(suite, "testcase", classname="repro", name="a run is whole")
        ElementTree.SubElement(case, "error", message=clean(cut))
    for name, text, fails in [Case("the runs agree", found.sentence, not found.agree), *found.cases]:
        case = ElementTree.SubElement(suite, "testcase", classname="compare", name=clean(name))
        if fails:
            ElementTree.SubElement(case, "failure", message=clean(text))
        else:
            ElementTree.SubElement(case, "system-out").text = clean(text)
    junit.count(suite)
    return junit.document(suites)
