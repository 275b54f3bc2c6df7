"""Folds tables into a width: between words, and where the parts of a name meet; nothing is ever cut. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from repro.report.tables import Table

#: How wide a table is, in columns, as it will be written.
Measure = Callable[[Table], int]


def fold(text: str, width: int, names: bool = True) -> str:
    """A text in lines of that width, or of its longest word. names: whether a long word is broken where its parts meet."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += fold_name(word, width).split("\n") if names and len(word) > width else [word]
    return "\n".join(lines)


def fold_list(parts: Iterable[str], width: int, size: Callable[[str], int] = len) -> list[str]:
    """Parts, a semicolon between them, in lines of that width: none is broken. size: how wide a text is."""
    lines: list[str] = []
    for part in parts:
        if lines and size(lines[-1]) + 2 + size(part) <= width:
            lines[-1] += f" {part};"
        else:
            lines.append(f"{part};")
    return [*lines[:-1], *(line.removesuffix(";") for line in lines[-1:])]


def fold_name(name: str, width: int) -> str:
    """A name in lines of that width: ``Process/Pool/Executor``, ``sys-/exit-0``; a part that is longer stays whole."""
    lines: list[str] = []
    for part in _parts(name):
        if lines and len((lines[-1] + part).rstrip()) <= width:
            lines[-1] += part
        else:
            lines.append(part)
    return "\n".join(line.rstrip() for line in lines)


def _parts(name: str) -> list[str]:
    return re.findall(r"[A-Z]+[a-z0-9]*[-_./: ]*|\d+(?:\.\d+)+\S?[-]?|[^A-Z\-_./: ]+[-_./: ]*|[-_./: ]+", name) or [""]


def narrow_headers(table: Table) -> Table:
    """Headings broken into lines where they are wider than what stands below them."""
    columns = list(zip(*table.rows, strict=True)) or [("",)] * len(table.headers)
    widths = [max(map(width_of, column)) for column in columns]
    headers = [
        fold_name(name, max(width, *(len(part.rstrip()) for part in _parts(name))))
        for name, width in zip(table.headers, widths, strict=True)
    ]
    return replace(table, headers=headers)


def fitted(table: Table, width: int, measure: Measure, names: bool = True, numbers_whole: bool = True) -> Table | None:
    """The table with its columns folded so that all of it fits; None where that would cut something.

    names: whether words may be broken where their parts meet, if the table does not fit otherwise. numbers_whole: whether a
    number and its unit stay in one line, unless the table does not fit otherwise.
    Room goes to the column that needs the most lines.
    """
    if measure(table) <= width:
        return table
    if names and (unbroken := fitted(table, width, measure, False, numbers_whole)):
        return unbroken
    columns = [
        _Column(header, texts, names, numbers_whole and at in table.numbers)
        for at, (header, *texts) in enumerate(zip(table.headers, *table.rows, strict=True))
    ]
    room = width - (measure(table) - sum(column.whole for column in columns))
    room -= sum(column.width for column in columns)
    if room < 0:
        return fitted(table, width, measure, names, False) if names and numbers_whole and table.numbers else None
    while steps := [(column.lines(), column, step) for column in columns if 0 < (step := column.next_step()) <= room]:
        _lines, column, step = max(steps, key=lambda one: one[0])
        column.width += step
        room -= step
    rows = zip(*(column.folded() for column in columns), strict=True)
    headers = [fold(column.header, column.width) for column in columns]
    return replace(table, headers=headers, rows=[list(row) for row in rows])


class _Column:
    """A column on its way to a width. width: so far; at first, of its longest word or part."""

    def __init__(self, header: str, texts: list[str], names: bool, number: bool) -> None:
        self.header, self.texts, self.names, self.number = header, texts, names, number
        self.whole = max(width_of(text.strip()) for text in [header, *texts])
        parts = texts if number else [fold(text, 1, names) for text in texts]
        self.width = max(map(width_of, [fold(header, 1), *parts]))

    def folded(self, more: int = 0) -> list[str]:
        return self.texts if self.number else [fold(text, self.width + more, self.names) for text in self.texts]

    def lines(self, more: int = 0) -> int:
        """So many lines are too many, over all rows, if it was wider by so much; words that are broken count more."""
        spare = sum(text.count("\n") for text in self.folded(more))
        broken = sum(max(map(len, text.split() or [""])) > self.width + more for text in self.texts)
        return spare + broken

    def next_step(self) -> int:
        """By how much it has to grow to need fewer lines; 0 where it needs no more room."""
        now = self.lines()
        return next((more for more in range(1, self.whole - self.width + 1) if self.lines(more) < now), 0)


def blocks(table: Table, width: int) -> str:
    """The rows one below the other, for a table that fits in no way: each value behind its heading."""
    longest = max(map(len, table.headers), default=0)
    texts = []
    for row in table.rows:
        lines = []
        for header, text in zip(table.headers, row, strict=True):
            first, *more = fold(text, max(width - longest - 2, 1)).split("\n")
            lines += [f"{header:{longest}}  {first}".rstrip(), *(" " * (longest + 2) + line for line in more)]
        texts.append("\n".join(lines))
    return "\n\n".join(texts)


def width_of(text: str) -> int:
    """How many columns a text of several lines takes."""
    return max(map(len, text.split("\n")))
