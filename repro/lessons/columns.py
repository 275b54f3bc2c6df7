"""Text in the columns of a terminal: how wide it is, and where a line may be broken, in Japanese, too. Pure functions.

Widths are those of East Asian Width (Unicode, UAX 11). Characters whose width is ambiguous there (``─``, ``→``, ``●``) are one
column wide on some terminals and two on others: what is to be aligned has none of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: May not begin a line, and may not end one (JIS X 4051, 行頭禁則文字 and 行末禁則文字).
NOT_FIRST = frozenset(
    "、。,.・:;?!‐ー々〻)]}〕〉》」』】〙〗〟’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ゛゜ヽヾゝゞ,.:;?!)]}、。"
)
NOT_LAST = frozenset("([{〔〈《「『【〘〖〝‘“([{")


def width(text: str) -> int:
    """How many columns a text takes; ambiguous characters count as one."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def aligned(text: str) -> bool:
    """Whether a text takes the same room on every terminal."""
    return not any(unicodedata.east_asian_width(character) == "A" for character in text)


def padded(text: str, columns: int, right: bool = False) -> str:
    """A text with spaces up to that width. right: before it."""
    spaces = " " * max(0, columns - width(text))
    return spaces + text if right else text + spaces


def cut(text: str, columns: int) -> str:
    """The beginning of a text, so that it takes no more room than that; dots stand for the rest."""
    if width(text) <= columns:
        return text
    kept = ""
    while width(kept + text[len(kept)]) <= columns - 3:
        kept += text[len(kept)]
    return kept + "..."


@dataclass(frozen=True)
class Span:
    """A piece of a line. style: of it, a key of the terminal's styles, or ""."""

    text: str
    style: str = ""


def wrapped(spans: Sequence[Span], columns: int, first: str = "", later: str = "") -> list[list[Span]]:
    """Broken into lines. columns: the width of a line, indents included. first, later: indents of the first line and the others.

    Between two Japanese characters a line may be broken, but for the rules.
    """
    lines: list[list[Span]] = [[Span(first)]]
    room = columns - width(first)
    used = 0
    for atom in _atoms(spans):
        text = "".join(span.text for span in atom)
        size = width(text.rstrip(" "))
        if used and used + size > room:
            _strip(lines[-1])
            lines.append([Span(later)])
            room, used = columns - width(later), 0
        if used == 0 and text.strip(" ") == "":
            continue
        for span in atom:
            if lines[-1][-1].style == span.style:
                lines[-1][-1] = Span(lines[-1][-1].text + span.text, span.style)
            else:
                lines[-1].append(span)
        used += width(text)
    _strip(lines[-1])
    return lines


def _strip(line: list[Span]) -> None:
    """Take away spaces at the end of a line."""
    while len(line) > 1 and not line[-1].text.rstrip(" "):
        line.pop()
    line[-1] = Span(line[-1].text.rstrip(" "), line[-1].style)


def _atoms(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """What may not be broken: words with the spaces behind them, single Japanese characters."""
    atom: list[Span] = []
    before = ""
    for span in spans:
        for character in span.text:
            if before and atom and _breaks(before, character):
                yield atom
                atom = []
            if atom and atom[-1].style == span.style:
                atom[-1] = Span(atom[-1].text + character, span.style)
            else:
                atom.append(Span(character, span.style))
            before = character
    if atom:
        yield atom


def _breaks(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if after == " ":
        return False
    if before == " ":
        return True
    if after in NOT_FIRST or before in NOT_LAST:
        return False
    return _width(before) == 2 or _width(after) == 2
