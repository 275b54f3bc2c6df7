"""In which words a picture speaks, and how wide they are: English, unless somebody brings others.

A picture makes its sentences in English, of its records; who shows it in another language says each of them by its English.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass


def _wrapped(text: str, columns: int, later: str = "") -> list[str]:
    return textwrap.wrap(text, columns, subsequent_indent=later, break_on_hyphens=False)


@dataclass(frozen=True)
class Words:
    """told: what the reader is told in place of an English text; one that is told already stays as it is. width: of a text on a
    terminal, in columns. wrapped: its lines, for so many columns, and with what all but the first one begin."""

    told: Callable[[str], str] = str
    width: Callable[[str], int] = len
    wrapped: Callable[[str, int, str], list[str]] = _wrapped

    def right(self, text: str, columns: int) -> str:
        """At the right of so many columns."""
        return " " * (columns - self.width(text)) + text

    def cells(self, text: str) -> list[str]:
        """Column by column: a wide character is followed by an empty one."""
        return [part for one in text for part in (one, *[""] * (self.width(one) - 1))]


ENGLISH = Words()
