"""``rows``: lines that go on below themselves where a page is too narrow for them."""

from __future__ import annotations

from repro.lessons.pages.rows import COLUMNS, FURTHER, for_slides, rows, shown

LONG = "x" * COLUMNS


def test_a_line_that_is_too_long_takes_more_rows() -> None:
    """What goes on below it is indented, of code by more than the line, of an output as far as that; markup takes no room."""
    made = rows(f"{LONG}\n{LONG}x\n<mark>{LONG}</mark>\n\n    &lt;")
    assert [row.height for row in made] == [1, 2, 1, 1, 1]
    assert [row.hang for row in rows("x\n    x")] == [FURTHER, 4 + FURTHER]
    assert [row.hang for row in rows("  0.1 s  x\n  0.1 s    x", stamps=True)] == [9, 11]


def test_what_points_at_a_broken_line_is_left_out() -> None:
    """On a slide; a page has it, and says which line it is, so that a style sheet can leave it out where the page is narrow."""
    lines = [f"  0.1 s  {LONG}", "  0.1 s    ^^~", "  0.1 s  x", "  0.1 s  ^", "  0.1 s  "]
    made = rows("\n".join(lines), stamps=True)
    assert [row.points for row in made] == [False, True, False, True, False]
    assert [row.markup for row in for_slides(made)] == [line for line in lines if "~" not in line]
    assert shown(made[2:4]) == (
        '<span class="row" style="--hang:9ch">  0.1 s  x\n</span>'
        '<span class="row pointing" style="--hang:9ch">  0.1 s  ^\n</span>'
    )
