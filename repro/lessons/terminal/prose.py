"""Markdown as lines of a terminal. Pure functions.

Needs markdown-it-py (https://markdown-it-py.readthedocs.io), the extra ``lessons``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from repro.lessons.columns import Span, width, wrapped

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: How each style is painted: attributes and colours that are read on a light page and on a dark one (ECMA-48, SGR).
SGR = {
    "heading": "1",
    "strong": "1",
    "em": "4",
    "code": "36",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "changed": "1;35",
    "key": "1",
}

Lines = list[list[Span]]

#: No column of a table gets narrower than that.
NARROW = 12


@functools.cache
def parser() -> MarkdownIt:
    """CommonMark with tables, as lessons are written: markup is text, and there are no images.

    Raises NothingRan where the extra is not installed.
    """
    try:
        from markdown_it import MarkdownIt
    except ModuleNotFoundError:
        from repro.errors import NothingRan

        raise NothingRan("lessons need markdown-it-py: pip install 'safepool[lessons]'") from None
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def paint(line: Sequence[Span], colour: bool) -> str:
    """A line with escape sequences, or without."""
    if not colour:
        return "".join(span.text for span in line)
    return "".join(
        f"\033[{SGR[span.style]}m{span.text}\033[0m" if span.style and span.text.strip() else span.text for span in line
    )


def lines(markdown: str, columns: int, marks: bool = False, indent: str = "") -> Lines:
    """A text, wrapped. columns: of a line. marks: whether code stands in back quotes, where no colour tells it apart."""
    tokens = parser().parse(markdown)
    made: Lines = []
    _blocks(tokens, columns, marks, indent, indent, made)
    while made and not any(span.text.strip() for span in made[-1]):
        made.pop()
    return made


def inline(markdown: str, marks: bool = False) -> list[Span]:
    """A text without paragraphs, in one line."""
    return [span for token in parser().parseInline(markdown) for span in _spans(token.children or (), marks)]


def _spans(tokens: Iterable[Token], marks: bool) -> list[Span]:
    found: list[Span] = []
    styles: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            code = token.type == "code_inline"
            text = f"`{token.content}`" if code and marks else token.content
            found.append(Span(text, "code" if code else styles[-1] if styles else ""))
        elif token.type in ("softbreak", "hardbreak"):
            last = found[-1].text[-1:] if found else ""
            if not (last and width(last) == 2):  # no space between two lines of Japanese
                found.append(Span(" "))
        elif token.type in ("strong_open", "em_open"):
            styles.append(token.type.removesuffix("_open"))
        elif token.type in ("strong_close", "em_close"):
            styles.pop()
        elif token.type == "link_close":
            found.append(Span(f" ({_link})") if (_link := styles.pop()) else Span(""))
        elif token.type == "link_open":
            styles.append(str(token.attrGet("href") or ""))
    return [Span(span.text, span.style if span.style in SGR else "") for span in found if span.text]


def _blocks(tokens: Sequence[Token], columns: int, marks: bool, first: str, later: str, made: Lines) -> None:
    """Append the lines of blocks. first, later: the indents of the first line and of the others."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = _end(tokens, place)
        inner = tokens[place + 1 : end]
        if token.type == "paragraph_open":
            made += wrapped(_spans(inner[0].children or (), marks), columns, first, later)
            if not token.hidden:
                made.append([])
        elif token.type == "heading_open":
            made += wrapped([Span(inner[0].content, "heading")], columns, first, later)
            made.append([])
        elif token.type in ("fence", "code_block"):
            made += [[Span(f"{later}    "), Span(line, "code")] for line in token.content.rstrip("\n").split("\n")]
            made.append([])
        elif token.type == "blockquote_open":
            _blocks(inner, columns, marks, f"{first}  ", f"{later}  ", made)
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            _list(token, inner, columns, marks, later, made)
        elif token.type == "table_open":
            made += _table(inner, columns, marks, later)
            made.append([])
        elif token.type == "hr":
            made += [[Span("-" * (columns - width(later)), "dim")], []]
        first = later
        place = end + 1


def _end(tokens: Sequence[Token], place: int) -> int:
    """Where a block that begins here is closed."""
    if tokens[place].nesting != 1:
        return place
    depth = 0
    for number in range(place, len(tokens)):
        depth += tokens[number].nesting
        if depth == 0:
            return number
    return len(tokens) - 1


def _list(opened: Token, tokens: Sequence[Token], columns: int, marks: bool, indent: str, made: Lines) -> None:
    """The items of a list, each with its mark."""
    place, number = 0, int(opened.attrGet("start") or 1)
    while place < len(tokens):
        end = _end(tokens, place)
        mark = f"{number}. " if opened.type == "ordered_list_open" else "- "
        _blocks(tokens[place + 1 : end], columns, marks, indent + mark, indent + " " * len(mark), made)
        place, number = end + 1, number + 1
    if made and made[-1]:
        made.append([])


def _table(tokens: Sequence[Token], columns: int, marks: bool, indent: str) -> Lines:
    """A table: the columns as wide as what is in them; where that is too much, the widest are wrapped."""
    rows: list[list[list[Span]]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_spans(token.children or (), marks))
    sizes = [max(_size(row[place]) for row in rows if place < len(row)) for place in range(max(map(len, rows)))]
    room = columns - width(indent) - 2 * (len(sizes) - 1)
    while sum(sizes) > room and max(sizes) > NARROW:
        sizes[sizes.index(max(sizes))] -= 1
    made: Lines = []
    for number, row in enumerate(rows):
        cells = [wrapped(_headed(cell) if number == 0 else cell, size) for cell, size in zip(row, sizes, strict=False)]
        for place in range(max(map(len, cells))):
            line = [Span(indent)]
            for cell, size in zip(cells, sizes, strict=False):
                spans = cell[place] if place < len(cell) else []
                line += [*spans, Span(" " * (size + 2 - _size(spans)))]
            made.append(line[:-1])
        if number == 0:
            made.append([Span(indent + "  ".join("-" * size for size in sizes), "dim")])
    return made


def _headed(cell: Iterable[Span]) -> list[Span]:
    return [Span(span.text, "heading") for span in cell]


def _size(spans: Iterable[Span]) -> int:
    return sum(width(span.text) for span in spans)
