"""Timelines, drawn: one cell below the other, on one time axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from repro.report.pictures.svg import Drawing, Key, pixels
from repro.report.pictures.timeline import MOST_TASKS, Fate, Lane, Timeline, Word
from repro.report.pictures.timeline_text import SYMBOLS, in_words, said
from repro.report.pictures.words import ENGLISH, Words

WIDTH = 960.0
LEFT, RIGHT = 132.0, 24.0
ROW, BAR = 26.0, 18.0
PANEL = 12.0  # where the panel of a cell begins, and a little
IN_LINE, CHIPS = 13, 24.0  # so many tasks stand in a line, of so many px
LABEL_ROOM = 110.0  # px that a label takes, about
COLOURS = dict(zip(Fate, ("good", "told", "kept", "kept", "bad", "none", "none"), strict=True))
#: What the caller gets is drawn full, and the death; what he never gets is an outline.
HOLLOW = {Fate.KEPT: "line", Fate.GONE: "dash", Fate.CUT: "line", Fate.NEVER: "dash"}


def render(title: str, subtitle: str, cells: Sequence[Timeline], cut: str = "", words: Words = ENGLISH) -> str:
    """The SVG. title, subtitle: above it; cells: from top to bottom. cut: that the run was cut short."""
    drawing = Drawing(WIDTH, title, " ".join(in_words(cell, words) for cell in cells), cut, words.told)
    span = max([1.0, *(cell.end for cell in cells)]) * 1.06
    scale = (WIDTH - LEFT - RIGHT) / span
    drawing.head(subtitle)
    y = 70.0
    for cell in cells:
        y = _panel(drawing, cell, y, scale, span) + 14
    _axis(drawing, y, scale, span)
    _legend(drawing, y + 44, cells)
    return drawing.render()


def _panel(drawing: Drawing, cell: Timeline, y: float, scale: float, span: float) -> float:
    top = y + 62 + CHIPS * (math.ceil(min(len(cell.fates), MOST_TASKS) / IN_LINE) - 1 + bool(cell.other_fates))
    height = top - y + ROW * (len(cell.shown) + 1 + bool(cell.left_out))
    drawing.box(8, y, WIDTH - 16, height, "panel", round_=8)
    drawing.text(20, y + 22, cell.pool, size=13, bold=True)
    mark = f"{'■' if cell.bad else '●'} {drawing.told(cell.answer)}"
    drawing.text(20 + pixels(cell.pool, 13, True) + 16, y + 22, mark, "bad" if cell.bad else "good", 12.5, bold=True)
    drawing.text(WIDTH - 20, y + 45, cell.where, "dim", 11, "end")
    _fates(drawing, cell, y + 32)
    for number, name in enumerate(["caller", *(lane.name for lane in cell.shown)]):
        size = 12 * min(1.0, (LEFT - 12 - PANEL) / pixels(drawing.told(name), 12))  # in Japanese, names may be longer
        drawing.text(LEFT - 12, top + ROW * number + 13, name, "dim", size, "end")
    _caller(drawing, cell, top, scale, span)
    for number, lane in enumerate(cell.shown, 1):
        _lane(drawing, cell, lane, top + ROW * number, scale, span)
    if cell.left_out:
        drawing.text(LEFT, top + ROW * (len(cell.shown) + 1) + 13, cell.left_out, "dim")
    return y + height


def _fates(drawing: Drawing, cell: Timeline, y: float) -> None:
    """All tasks: what became of each; of very many, in words."""
    drawing.text(LEFT - 12, y + 13, "the tasks", "dim", 12, "end")
    for place, (task, fate) in enumerate(itertools.islice(cell.fates.items(), MOST_TASKS)):
        x = LEFT + place % IN_LINE * 46
        if place and place % IN_LINE == 0:
            y += CHIPS
        hollow = HOLLOW.get(fate, "")
        colour = COLOURS[fate]
        drawing.box(x, y, 40, BAR, colour, f"task {task}: {fate}", hollow)
        drawing.text(x + 20, y + 13, f"{task} {SYMBOLS[fate]}", colour if hollow else "on", 11, "middle", True)
    if cell.other_fates:
        drawing.text(LEFT, y + CHIPS + 13, cell.other_fates, "dim")


def _caller(drawing: Drawing, cell: Timeline, y: float, scale: float, span: float) -> None:
    end = span if cell.hangs else min(span, cell.waits if cell.waits is not None else cell.end)
    drawing.box(LEFT, y + 5, end * scale, 8, "line", "the caller waits", round_=2)
    if cell.hangs:
        drawing.arrow(WIDTH - RIGHT + 8, y + 9, "bad")
        drawing.text(WIDTH - RIGHT - 6, y + 1.5, "waits for ever", "bad", 11, "end", True)
    for word in cell.words:
        x = LEFT + word.at * scale
        drawing.line(x, y, x, y + 18, "told" if word.bad else "good", 2, hint=said(word))
    free, limit = LEFT, WIDTH - RIGHT - (100 if cell.hangs else 0)
    for word in _labels(cell.words, LABEL_ROOM / scale):  # as far as there is room: the marks have all of it
        x, text = LEFT + word.at * scale, drawing.told(said(word))
        room = pixels(text, 11, True)
        fits = x + 4 + room < limit
        left = x + 4 if fits else min(x - 4, limit) - room
        if left >= free:
            free = left + room + 6
            drawing.text(
                left if fits else left + room,
                y + 1.5,
                text,
                "told" if word.bad else "good",
                11,
                "start" if fits else "end",
                True,
            )


def _labels(words: Sequence[Word], near: float) -> list[Word]:
    """What is written beside the marks: results that come so near each other (ms) in one."""
    labels: list[Word] = []
    for word in words:
        if labels and not word.bad and not labels[-1].bad and word.at - labels[-1].at < near:
            labels[-1] = Word(labels[-1].at, "", labels[-1].tasks + word.tasks)
        else:
            labels.append(word)
    return labels


def _lane(drawing: Drawing, cell: Timeline, lane: Lane, y: float, scale: float, span: float) -> None:
    start = max(0.0, lane.born or 0.0)
    end = span if lane.death is None else max(0.0, lane.death.known)
    drawing.line(LEFT + start * scale, y + 9, LEFT + min(end, span) * scale, y + 9, "line")
    for run in lane.runs:
        fate = cell.fates[run.task]
        until = span if cell.hangs and run.end is None and lane.death is None else cell.last_seen(lane, run)
        x, width = LEFT + run.start * scale, max(2.0, (until - run.start) * scale - 1)
        colour, hollow = COLOURS[fate], HOLLOW.get(fate, "")
        hint = f"task {run.task} in {lane.name} (process {lane.pid}), {run.start:.1f} to {until:.1f} ms: {fate}"
        drawing.box(x, y, width, BAR, "panel" if hollow else colour, hint)
        if hollow:
            drawing.box(x, y, width, BAR, colour, hint, hollow)
        if width >= 12:
            words = f"{run.task} {SYMBOLS[fate]}" if width >= 26 else str(run.task)
            drawing.text(x + width / 2, y + 13, words, colour if hollow else "on", 11, "middle", True)
    if lane.death is not None:
        x = LEFT + max(0.0, lane.death.known) * scale  # who died before the call stands at its beginning
        drawing.line(LEFT + max(0.0, lane.death.after) * scale, y + 9, x, y + 9, "bad", 3)
        words = lane.death.status
        if lane.runs and lane.runs[-1].end is None:
            words += f" with task {lane.runs[-1].task}"
        words = f"✕ {drawing.told(words)}"
        fits = x + 3 + pixels(words, 12, True) < WIDTH - RIGHT
        drawing.text(
            x + 3 if fits else WIDTH - RIGHT, y + 13.5, words, "bad", 12, "start" if fits else "end", True, on="panel"
        )


def _axis(drawing: Drawing, y: float, scale: float, span: float) -> None:
    step = next(one for one in _steps() if span / one <= 9)
    drawing.line(LEFT, y, WIDTH - RIGHT, y, "line")
    tick = 0.0
    while tick <= span:
        drawing.line(LEFT + tick * scale, y, LEFT + tick * scale, y + 5, "line")
        drawing.text(LEFT + tick * scale, y + 18, f"{tick:g}", "dim", 11, "middle")
        tick += step
    drawing.text(LEFT - 12, y + 18, "ms after the call", "dim", 11, "end")


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, ..."""
    unit = 1
    while True:
        yield from (unit, 2 * unit, 5 * unit)
        unit *= 10


def _legend(drawing: Drawing, y: float, cells: Sequence[Timeline]) -> None:
    there = {fate for cell in cells for fate in cell.fates.values()}
    keys = [Key(fate, COLOURS[fate], SYMBOLS[fate], HOLLOW.get(fate, "")) for fate in Fate if fate in there]
    keys.append(Key("the caller waits", "line", tall=8))
    if any(lane.death is not None for cell in cells for lane in cell.shown):
        keys.append(Key("died within this time", "bad", tall=3))
    drawing.legend(y, keys)
