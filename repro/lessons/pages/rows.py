"""Lines of code, or of what was printed, where a page may be too narrow for them: they go on below themselves, indented."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from repro.lessons import columns
from repro.lessons.pictures import letters

#: So many columns a slide has, in letters of the least size (slides.css).
COLUMNS = 80

#: Of code: by how many columns what goes on below a line is indented further.
FURTHER = 4


@dataclass(frozen=True)
class Row:
    """A line of code. markup: it. hang: by how many columns what of it goes on below is indented.

    points: whether it does nothing but point with ``^`` at parts of the one above.
    """

    markup: str
    hang: int
    points: bool = False

    @property
    def height(self) -> int:
        """How many rows it takes on a slide, about."""
        return max(1, math.ceil((columns.width(unmarked(self.markup)) - self.hang) / (COLUMNS - self.hang)))


def unmarked(markup: str) -> str:
    """What a reader sees of a line."""
    return unescape(re.sub(r"<[^>]*>", "", markup))


def rows(lines: str, stamps: bool = False) -> list[Row]:
    """lines: markup of code, or, with stamps, of what was printed, behind its times."""
    found = []
    begin = letters.STAMP if stamps else 0
    for line in lines.split("\n"):
        words = unmarked(line)[begin:]
        hang = begin + len(words) - len(words.lstrip(" ")) + (0 if stamps else FURTHER)
        found.append(Row(line, hang, bool(words) and not words.strip(" ^~")))
    return found


def for_slides(lines: Sequence[Row]) -> list[Row]:
    """Without those that point at parts of a line that a slide is too narrow for."""
    found: list[Row] = []
    for row in lines:
        if not (row.points and found and found[-1].height > 1):
            found.append(row)
    return found


def shown(lines: Sequence[Row]) -> str:
    """Lines as markup, each an element: style sheets say where what does not fit goes on below (slides.css, handout.css)."""
    return "".join(
        f'<span class="row{" pointing" * row.points}" style="--hang:{row.hang}ch">{row.markup}\n</span>'
        for row in lines
    )
