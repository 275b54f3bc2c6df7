"""Markdown that fits a comment: bounded whatever is put in, and of a large report the beginning of each table."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from repro.records.results import Run
from repro.report import comment
from repro.report.formats import Style, markdown
from repro.report.tables import Table
from repro.report.tracker import fenced
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell
from tests.repro.lab import steady

MORE = "the rest is elsewhere"


def test_what_fits_is_as_it_is() -> None:
    assert comment.fitted(["# a", "b\nc"], MORE) == "# a\n\nb\nc\n"


def test_what_is_short_stays_whole_and_tables_lose_rows() -> None:
    """A table keeps its head; how many lines are gone is said under it, and how to get them, at the end."""
    rows = [[f"row {number}", "x" * 50] for number in range(300)]
    large = markdown.section(Table("Large", ["a", "b"], rows))
    text = comment.fitted(["# Title", large, "## Legend\n\n- word: meaning"], MORE, 5_000)
    assert len(text) <= 5_000
    assert "## Legend\n\n- word: meaning" in text
    kept = text.count("| row ")
    assert 20 < kept < 300 and text.index("|:--") < text.index("| row 0")
    assert f"({300 - kept} more lines)" in text
    assert text.endswith(f"a comment on GitHub holds 5,000 characters; {MORE}.\n")


def test_a_block_of_code_that_is_cut_is_closed() -> None:
    """What is said after it is no code."""
    text = comment.fitted(["## Stacks\n\n" + fenced("a line ```\n" * 2_000, "python"), "after"], MORE, 5_000)
    assert len(text) <= 5_000
    assert len(re.findall("^````(?:python)?$", text, re.MULTILINE)) == 2
    assert text.index("\n````\n\n(") < text.index("more lines)") < text.index("after")


@steady
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "## A\n\n", "```\n"]), st.text("ab|:-\n`", max_size=400), st.integers(1, 40)
        ).map(lambda part: part[0] + part[1] * part[2]),
        max_size=8,
    ),
    st.integers(300, 3_000),
)
def test_no_more_than_the_limit(parts: list[str], limit: int) -> None:
    """Whatever the parts are."""
    assert len(comment.fitted(parts, MORE, limit)) <= max(limit, 300)


def test_the_report_of_a_large_run_fits() -> None:
    """Of thousands of cells that all came to something else; --details has all of it, and no bound."""
    verdicts = [Verdict.HANG, Verdict.RAISED, Verdict.LOST]
    cells = [
        cell(verdicts[(number + place) % 3], f"scenario-{number}", pool, python=f"3.{minor}.0", explanation=("x" * 90,))
        for number in range(700)
        for place, pool in enumerate((POOL, EXECUTOR, "safepool"))
        for minor in (12, 13)
    ]
    machine = {"system": "Linux", "kernel": "6", "architecture": "x", "cores": 2, "memory_bytes": 1 << 30}
    header = {"tool": "1", "started": "now", "timeout": 5.0, "machine": machine, "planned": len(cells)}
    run = Run(header, [{}] * len(cells), None)
    text = markdown.render(run, cells, Style())
    assert len(text) <= comment.LIMIT < len(markdown.render(run, cells, Style(details=True)))
    assert "- HANG: the deadline passed" in text
    assert markdown.MORE in text
