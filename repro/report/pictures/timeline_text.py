"""Timelines in letters, for a terminal, and in one sentence, for those who do not see the drawing."""

from __future__ import annotations

from collections.abc import Sequence

from repro.records.shown import text as clean
from repro.report.pictures.timeline import Fate, Lane, Timeline

SYMBOLS = dict(zip(Fate, "✓!⊘†✕✂–", strict=True))
ASCII = dict(zip(Fate, "+!o#x/-", strict=True))


def in_words(cell: Timeline) -> str:
    """One cell in a sentence: what the caller gets, and what became of the tasks."""
    parts = []
    for fate in Fate:
        tasks = [str(task) for task, one in cell.fates.items() if one is fate]
        if tasks:
            parts.append(f"{fate}: {', '.join(tasks)}")
    return f"{cell.pool} {cell.answer.replace(' · ', '; ')}. Tasks {'; '.join(parts)}."


def render(title: str, cells: Sequence[Timeline], width: int, ascii_: bool = False) -> str:
    """The text. width: in columns; ascii_: where the locale has no more."""
    symbols = ASCII if ascii_ else SYMBOLS
    names = max([9, *(len(lane.name) for cell in cells for lane in cell.lanes)])
    room = max(20, width - names - 2)
    span = max([1.0, *(cell.end for cell in cells)]) * 1.06
    lines = [clean(title), ""]
    for cell in cells:
        answer = cell.answer.replace("·", "-") if ascii_ else cell.answer
        lines.append(f"{clean(cell.pool)}  {'HANGS: ' if cell.hangs else ''}{answer}")
        lines.append(
            f"{'the tasks':>{names}}  " + "  ".join(f"{task}{symbols[fate]}" for task, fate in cell.fates.items())
        )
        lines.append(f"{'caller':>{names}}  {_caller(cell, room, span, ascii_)}")
        lines += [
            f"{lane.name:>{names}}  {_lane(cell, lane, room, span, symbols, ascii_)}".rstrip() for lane in cell.shown
        ]
        if cell.left_out:
            lines.append(f"{'':>{names}}  {cell.left_out}")
        lines.append("")
    lines.append(f"{'ms':>{names}}  {_axis(room, span)}")
    used = [fate for fate in Fate if any(fate in cell.fates.values() for cell in cells)]
    lines.append("; ".join(f"{symbols[fate]} {fate}" for fate in used))
    return "\n".join(lines) + "\n"


def _place(at: float, room: int, span: float) -> int:
    return max(0, min(room - 1, int(at / span * room)))


def _caller(cell: Timeline, room: int, span: float, ascii_: bool) -> str:
    end = room if cell.hangs else _place(cell.waits if cell.waits is not None else cell.end, room, span) + 1
    row = list(("." if ascii_ else "┄") * end + " " * (room - end))
    if cell.hangs:
        row[-1] = ">" if ascii_ else "▶"
    for word in cell.words:
        row[_place(word.at, room, span)] = "!" if word.bad else ("+" if ascii_ else "✓")
    return "".join(row).rstrip()


def _lane(cell: Timeline, lane: Lane, room: int, span: float, symbols: dict[Fate, str], ascii_: bool) -> str:
    row = [" "] * room
    for run in lane.runs:
        until = cell.last_seen(lane, run)
        first, last = _place(run.start, room, span), _place(until, room, span)
        for place in range(first, max(first, last - 1) + 1):
            row[place] = "=" if ascii_ else "█" if cell.fates[run.task] is Fate.HANDED else "▒"
        for place, letter in enumerate(f"{run.task}{symbols[cell.fates[run.task]]}", first):
            if place < room:
                row[place] = letter
    if lane.death is not None:
        label = f"{'X' if ascii_ else '✕'} {lane.death.status}"
        at = min(_place(lane.death.known, room, span) + 1, room - len(label))
        row[at : at + len(label)] = label
    return "".join(row)


def _axis(room: int, span: float) -> str:
    row = [" "] * (room + 8)
    step = next(one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 10**9) if span / one <= 8)
    tick = 0
    while tick <= span:
        for place, letter in enumerate(str(tick), _place(tick, room, span)):
            row[place] = letter
        tick += step
    return "".join(row).rstrip()
