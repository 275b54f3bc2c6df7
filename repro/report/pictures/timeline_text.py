"""Timelines in letters, for a terminal, and in one sentence, for those who do not see the drawing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from repro.records.shown import text as clean
from repro.report.folding import fold_list
from repro.report.pictures.timeline import MOST_TASKS, Fate, Lane, Timeline, Word
from repro.report.pictures.words import ENGLISH, Words

SYMBOLS = dict(zip(Fate, "✓!⊘†✕✂–", strict=True))
ASCII = dict(zip(Fate, "+!o#x/-", strict=True))
EVEN = dict(zip(Fate, "✓!⊘⊗✕✂-", strict=True))


@dataclass(frozen=True)
class Ink:
    """The characters of a timeline. symbols: of what became of a task. waits, on: the caller waits, and goes on waiting.
    handed, other: a task runs whose result the caller gets, or does not. point: between two parts of what is said."""

    symbols: dict[Fate, str]
    waits: str = "┄"
    on: str = "▶"
    handed: str = "█"
    other: str = "▒"
    got: str = "✓"
    bad: str = "!"
    dead: str = "✕"
    point: str = "·"


FULL = Ink(SYMBOLS)
#: Where the locale has no more letters than those of ASCII.
LEAST = Ink(ASCII, ".", ">", "=", "=", "+", "!", "X", "-")
#: None has a width that is ambiguous (Unicode, UAX 11): aligned on terminals where such a character takes two columns, too.
EVERYWHERE = Ink(EVEN, "╌", "▸", "▬", "▭", point="-")


def in_words(cell: Timeline, words: Words = ENGLISH) -> str:
    """One cell in a sentence: what the caller gets, and what became of the tasks."""
    parts = []
    for fate in Fate:
        tasks = [str(task) for task, one in cell.fates.items() if one is fate]
        if tasks:
            parts.append(f"{words.told(fate)}: {', '.join(tasks)}")
    return words.told(f"{cell.pool} {words.told(cell.answer).replace(' · ', '; ')}. Tasks {'; '.join(parts)}.")


def said(word: Word) -> str:
    """What the caller got, in words."""
    if word.bad:
        return f"learns of it: {word.text}"
    return f"gets {word.tasks[0]}" if len(word.tasks) == 1 else f"gets {len(word.tasks)} results"


def render(title: str, cells: Sequence[Timeline], width: int, ink: Ink = FULL, words: Words = ENGLISH) -> str:
    """The text. width: in columns."""
    told = words.told
    heads = ["the tasks", "caller", *(lane.name for cell in cells for lane in cell.lanes)]
    names = max(words.width(told(head)) for head in heads)
    room = max(20, width - names - 2)
    span = max([1.0, *(cell.end for cell in cells)]) * 1.06
    lines = [clean(title), ""]
    for cell in cells:
        answer = told(("HANGS: " if cell.hangs else "") + clean(cell.answer)).replace("·", ink.point)
        line = f"{clean(cell.pool)}  {answer}"
        lines += words.wrapped(line, width, " " * (names + 2))
        chips = "  ".join(
            f"{task}{ink.symbols[fate]}" for task, fate in itertools.islice(cell.fates.items(), MOST_TASKS)
        )
        for number, line in enumerate(
            [*words.wrapped(chips, room, ""), *words.wrapped(told(cell.other_fates), room, "")]
        ):
            lines.append(f"{words.right('' if number else told('the tasks'), names)}  {line}")
        lines.append(f"{words.right(told('caller'), names)}  {_caller(cell, room, span, ink, words)}")
        lines += [
            f"{words.right(told(lane.name), names)}  {_lane(cell, lane, room, span, ink, words)}".rstrip()
            for lane in cell.shown
        ]
        if cell.left_out:
            lines.append(f"{'':>{names}}  {told(cell.left_out)}")
        lines.append("")
    lines.append(f"{words.right(told('ms'), names)}  {_axis(room, span)}")
    used = [fate for fate in Fate if any(fate in cell.fates.values() for cell in cells)]
    lines += fold_list((f"{ink.symbols[fate]} {told(fate)}" for fate in used), width, words.width)
    return "\n".join(lines) + "\n"


def _place(at: float, room: int, span: float) -> int:
    return max(0, min(room - 1, int(at / span * room)))


def _caller(cell: Timeline, room: int, span: float, ink: Ink, words: Words) -> str:
    end = room if cell.hangs else _place(cell.waits if cell.waits is not None else cell.end, room, span) + 1
    row = list(ink.waits * end + " " * (room - end))
    if cell.hangs:
        row[-1] = ink.on
    marks = [(_place(word.at, room, span), word) for word in cell.words]
    for place, word in marks:
        row[place] = ink.bad if word.bad else ink.got
    taken = 0
    for number, (place, word) in enumerate(marks):  # in words, where there is room behind the mark, or before it
        end = marks[number + 1][0] if number + 1 < len(marks) else room - cell.hangs
        text = words.cells(f" {words.told(clean(said(word)))} ")
        if place + 1 + len(text) <= end:
            row[place + 1 : place + 1 + len(text)] = text
            taken = place + 1 + len(text)
        elif taken <= place - len(text):
            row[place - len(text) : place] = text
            taken = place + 1
        else:
            taken = max(taken, place + 1)
    return "".join(row).rstrip()


def _lane(cell: Timeline, lane: Lane, room: int, span: float, ink: Ink, words: Words) -> str:
    row = [" "] * room
    for run in lane.runs:
        until = cell.last_seen(lane, run)
        first, last = _place(run.start, room, span), _place(until, room, span)
        for place in range(first, max(first, last - 1) + 1):
            row[place] = ink.handed if cell.fates[run.task] is Fate.HANDED else ink.other
        for place, letter in enumerate(f"{run.task}{ink.symbols[cell.fates[run.task]]}", first):
            if place < room:
                row[place] = letter
    if lane.death is not None:
        label = words.cells(f"{ink.dead} {words.told(lane.death.status)}")
        at = _place(lane.death.known, room, span) + 1
        if lane.runs:
            held = lane.runs[-1]
            said_ = _place(held.start, room, span) + len(f"{held.task}")  # where the task's own symbol stands
            at = said_ if cell.fates[held.task] is Fate.DIED and at <= said_ + 3 else max(at, said_ + 2)
        at = min(at, room - len(label))
        row[at : at + len(label)] = label
    return "".join(row)


def _axis(room: int, span: float) -> str:
    row = [" "] * room
    step = next(one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 10**9) if span / one <= 8)
    tick = 0
    while tick <= span:
        at = min(_place(tick, room, span), room - len(str(tick)))  # the last one ends where the row does
        row[at : at + len(str(tick))] = str(tick)
        tick += step
    return "".join(row).rstrip()
