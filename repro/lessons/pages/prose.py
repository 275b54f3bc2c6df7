"""Markdown as markup. Needs markdown-it-py (https://markdown-it-py.readthedocs.io), the extra ``lessons``.

Markup in a text is text, and nothing is fetched: there are no images.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from repro.lessons.columns import width
from repro.lessons.terminal.prose import parser
from repro.records.shown import text as clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


@functools.cache
def _reader() -> MarkdownIt:
    """What reads a text for terminals, and writes markup here. Raises NothingRan where the extra is not installed."""
    reader = parser()
    reader.add_render_rule("softbreak", _softbreak)
    return reader


def _softbreak(_renderer: Any, tokens: Sequence[Token], place: int, *_others: Any) -> str:
    """Where a line ends in a source: nothing between two Japanese characters, which a browser would part by a space."""
    before, after = tokens[place - 1].content[-1:], tokens[place + 1].content[:1] if place + 1 < len(tokens) else ""
    return "" if width(before) == 2 and width(after) == 2 else "\n"


def html(markdown: str) -> str:
    """Paragraphs, lists, tables and code. What is wider than the page scrolls by itself, also by the keyboard."""
    made: str = _reader().render(clean(markdown, lines=True))
    made = made.replace("<pre>", '<pre tabindex="0">')
    return made.replace("<table>", '<div class="scrolls" tabindex="0"><table>').replace("</table>", "</table></div>")


def inline(markdown: str) -> str:
    """A line, without a paragraph around it."""
    made: str = _reader().renderInline(clean(markdown, lines=True))
    return made


def text(words: str, lines: bool = False) -> str:
    """Words that are no Markdown, whatever they are."""
    return escape(clean(words, lines=lines))
