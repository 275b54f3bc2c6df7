"""``prose``: Markdown becomes lines that fit; colour is for those who want it."""

from __future__ import annotations

import sys

import pytest

from repro.errors import NothingRan
from repro.lessons.columns import Span, width
from repro.lessons.terminal import prose
from repro.lessons.terminal.prose import inline, lines, paint

TEXT = """\
A *pool* of **three** `workers`, [here](https://example.org/).
One sentence more
in two lines.

- first thing, which is longer than one line of this text can be
- second
  1. inner
  2. other

> A quote.

```python
pool.map(f, [1, 2])
```

| what | means |
|---|---|
| `hang` | nobody works, and nobody is left who could end the waiting |

---
"""


def plain(markdown: str, columns: int = 40) -> list[str]:
    return [paint(line, colour=False) for line in lines(markdown, columns, marks=True)]


def test_each_block_is_shown() -> None:
    """Lists with their marks, code as it is, tables in columns."""
    assert plain(TEXT) == [
        "A pool of three `workers`, here",
        "(https://example.org/). One sentence",
        "more in two lines.",
        "",
        "- first thing, which is longer than one",
        "  line of this text can be",
        "- second",
        "  1. inner",
        "  2. other",
        "",
        "  A quote.",
        "",
        "    pool.map(f, [1, 2])",
        "",
        "what    means",
        "------  --------------------------------",
        "`hang`  nobody works, and nobody is left",
        "        who could end the waiting",
        "",
        "-" * 40,
    ]


def test_the_widest_columns_of_a_table_are_wrapped() -> None:
    """Each of them, not the last one alone, which may be narrow."""
    table = "a | where it waits, in words | no\n-|-|-\nx | in `read()` with the lock in its hands | 3\n"
    assert [line.rstrip() for line in plain(table, 36)] == [
        "a  where it waits, in words       no",
        "-  -----------------------------  --",
        "x  in `read()` with the lock in   3",
        "   its hands",
    ]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_every_line_fits(columns: int) -> None:
    """Whatever the width."""
    assert all(width(line) <= columns for line in plain(TEXT, columns))


def test_japanese_lines_are_joined_without_a_space() -> None:
    """A line break in the source is none in the text."""
    assert plain("結果は\nメッセージ。", 80) == ["結果はメッセージ。"]


def test_colour_is_for_those_who_want_it() -> None:
    """Without it nothing but letters is left."""
    line = inline("a `b` **c**")
    assert line == [Span("a "), Span("b", "code"), Span(" "), Span("c", "strong")]
    assert paint(line, colour=True) == "a \033[36mb\033[0m \033[1mc\033[0m"
    assert paint(inline("a `b`", marks=True), colour=False) == "a `b`"


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to install it."""
    prose.parser.cache_clear()
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(NothingRan, match=r"pip install 'safepool\[lessons\]'"):
        prose.parser()
