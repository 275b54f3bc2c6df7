"""Tables in every width: they fit, and each word and name is there, uncut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.folding import blocks, fitted, fold, fold_list, fold_name, narrow_headers, width_of
from repro.report.tables import Table
from tests.repro.lab import steady

TABLE = Table(
    "Title",
    ["scenario", "call", "outcomes"],
    [
        ["grandchild", "ProcessPoolExecutor.submit", "HANG: fork, spawn; raised BrokenProcessPool: forkserver"],
        ["temp-full", "Pool.map", "completed: fork"],
    ],
)


def measure(table: Table) -> int:
    """As tabulate's simple format writes it."""
    widths = [max(map(width_of, column)) for column in zip(table.headers, *table.rows, strict=True)]
    return sum(widths) + 2 * (len(widths) - 1)


@pytest.mark.parametrize("width", [200, 95, 80, 60, 50, 45])
def test_a_table_is_folded_to_its_width(width: int) -> None:
    """It fits, and nothing is lost; where there is room, it stays as it is."""
    table = fitted(TABLE, width, measure)
    assert table is not None
    assert measure(table) <= width
    for row, whole in zip([table.headers, *table.rows], [TABLE.headers, *TABLE.rows], strict=True):
        assert ["".join(text.split()) for text in row] == ["".join(text.split()) for text in whole]
    assert (table == TABLE) == (width == 200 or width == 95)


def test_a_number_stays_beside_its_unit() -> None:
    """While another column may be folded; in a width that is too small for that, it fits all the same."""
    table = Table("", ["age", "what it does"], [["70 s", "waits for a lock, or for another thread"]], (0,))
    for width in (30, 20, 13):
        told = fitted(table, width, measure)
        assert told is not None
        assert told.rows[0][0] == "70 s"
    narrow = fitted(table, 12, measure)
    assert narrow is not None
    assert narrow.rows[0][0] == "70\ns"


def test_words_stay_whole_where_they_may() -> None:
    """A long name is broken only where whole words would not fit."""
    table = fitted(TABLE, 75, measure)
    assert table is not None and table.rows[0][1] == "ProcessPoolExecutor.submit"
    table = fitted(TABLE, 50, measure)
    assert table is not None and table.rows[0][1] == "ProcessPool\nExecutor.submit"
    assert fitted(TABLE, 50, measure, names=False) is None


def test_what_cannot_be_folded_is_told_row_by_row() -> None:
    """Where the longest parts side by side are too wide: each value behind its heading."""
    assert fitted(TABLE, 20, measure) is None
    text = blocks(TABLE, 40)
    assert max(map(len, text.splitlines())) <= 40
    assert text.splitlines()[:2] == ["scenario  grandchild", "call      ProcessPoolExecutor.submit"]
    assert text.count("\n\n") == 1


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("ProcessPoolExecutor", 19, ["ProcessPoolExecutor"]),
        ("ProcessPoolExecutor", 11, ["ProcessPool", "Executor"]),
        ("ProcessPoolExecutor", 3, ["Process", "Pool", "Executor"]),
        ("sys-exit-0", 5, ["sys-", "exit-", "0"]),
        ("left running", 7, ["left", "running"]),
        ("Pool", 1, ["Pool"]),
        ("", 3, [""]),
    ],
)
def test_a_name_is_broken_where_its_parts_meet(name: str, width: int, lines: list[str]) -> None:
    """No part of it is cut, however narrow."""
    assert fold_name(name, width).split("\n") == lines


@steady
@given(st.text("abcXYZ -_./:019", max_size=60), st.integers(1, 70), st.booleans())
def test_folding_loses_nothing(text: str, width: int, names: bool) -> None:
    """Without its spaces and ends of lines, a folded text is the text."""
    assert "".join(fold(text, width, names).split()) == "".join(text.split())


def test_headings_give_way_to_what_stands_below_them() -> None:
    """They are folded as far as their column is narrower, and no part of one is cut."""
    table = narrow_headers(Table("", ["left running", "ProcessPoolExecutor"], [["0/1", "completed ok"]]))
    assert table.headers == ["left\nrunning", "ProcessPool\nExecutor"]
    assert narrow_headers(Table("", ["left running"], [])).headers == ["left\nrunning"]


@given(st.lists(st.text("ab ", min_size=1, max_size=12).filter(str.strip)), st.integers(12, 40))
@steady
def test_a_list_is_folded_between_its_parts(parts: list[str], width: int) -> None:
    lines = fold_list(parts, width)
    assert "; ".join(parts) == " ".join(lines)
    assert all(len(line) <= width + 1 for line in lines)
