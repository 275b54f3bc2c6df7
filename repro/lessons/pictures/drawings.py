"""Pictures as SVG, which follow the page's light or dark, and need nothing from elsewhere. Pure functions of records."""

from __future__ import annotations

from dataclasses import dataclass, replace

from repro.lessons import model, words
from repro.lessons.phrases import say
from repro.lessons.pictures import cells, letters, waiting
from repro.lessons.pictures.lanes import Lane, lanes
from repro.lessons.recording import Recording
from repro.records.results import judge_record
from repro.report.pictures import timeline_svg, waits, waits_svg
from repro.report.pictures.svg import Drawing, pixels

RIGHT = 24.0
ROW = 30.0


@dataclass(frozen=True)
class Layout:
    """How a drawing is laid out. width: of one of processes; names: how much of that their names have; both in px.
    head: whether title and date stand above it. waits: the layout of one of waits."""

    width: float = 960.0
    names: float = 190.0
    head: bool = True
    waits: waits_svg.Layout = waits_svg.PAGE


#: In a notebook; in a handout; on a slide. The narrower it is, the larger are its letters, once it is as wide as there is room.
WIDE = Layout()
NARROW = Layout(width=540.0, names=160.0, waits=waits_svg.NARROW)
SLIDE = replace(NARROW, head=False, waits=waits_svg.SLIDE)


def svg(
    picture: model.Show, lesson: model.Lesson, one: Recording | cells.RecordedCell, title: str, layout: Layout = WIDE
) -> str | None:
    """The drawing of a picture, or None for one that is text (output, counts, evidence). title: above it."""
    told = words.of(lesson.language)
    if isinstance(one, cells.RecordedCell):
        if picture.kind == "timeline":
            return timeline_svg.render(title, letters.recorded(one, lesson.language), [one.timeline()], words=told)
        if picture.kind == "waits":
            graph = waits.wait_graph(waiting.observation_of(one.record))
            return waits_svg.render(title, judge_record(one.record).explanation, graph, words=told, layout=layout.waits)
        return None
    assert isinstance(picture.of, model.Run)
    if picture.kind == "waits":
        graph = waiting.graph(picture.of, one, lesson.language)
        return waits_svg.render(title, [], graph, words=told, layout=layout.waits)
    if picture.kind == "processes":
        return _processes(title, picture.of, one, lesson.language, layout)
    return None


def _processes(title: str, run: model.Run, one: Recording, language: str, layout: Layout) -> str:
    """Who was there when, and what was printed."""
    there = lanes(run, one)
    span = max(0.05, one.seconds, *(lane.gone or 0.0 for lane in there))
    left = layout.names
    scale = (layout.width - left - RIGHT - 20) / span
    words = "; ".join(f"{lane.name(language)} {_until(lane, language)}" for lane in there)
    drawing = Drawing(layout.width, title, words)
    if layout.head:
        drawing.head(letters.recorded(one, language))
    top = 66.0 if layout.head else 6.0
    for place, lane in enumerate(there):
        _lane(drawing, lane, one, language, left, top + ROW * place, scale)
    bottom = top + ROW * len(there)
    step = next(size for size in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 10**6) if size * scale >= 60 or size == 10**6)
    tick = 0.0
    while tick <= span:
        drawing.line(left + tick * scale, top - 4, left + tick * scale, bottom, "line")
        drawing.text(left + tick * scale, bottom + 16, f"{tick:g}", "dim", 11, "middle")
        tick = round(tick + step, 3)
    drawing.text(left - 16, bottom + 16, say(language, "seconds"), "dim", 11, "end")
    for line in one.lines:
        drawing.line(left + line.at * scale, bottom - 6, left + line.at * scale, bottom, "good", 3)
    return drawing.render()


def _lane(drawing: Drawing, lane: Lane, one: Recording, language: str, begin: float, y: float, scale: float) -> None:
    """begin: where the time does, in px."""
    end = one.seconds if lane.gone is None else lane.gone
    bad = bool(lane.status)
    drawing.text(begin - 16, y + 16, lane.name(language), "bad" if bad else "ink", 13, "end", bold=True)
    left = begin + lane.born * scale
    right = max(left + 3, begin + end * scale)
    drawing.box(
        left, y + 6, right - left, 14, "bad" if bad else "good" if lane.gone is not None else "none", f"pid {lane.pid}"
    )
    if bad:
        told = f"✕ {lane.ended(language)}"
        fits = right + 6 + pixels(told, 12, True) < drawing.width
        drawing.text(
            right + 6 if fits else left - 6, y + 17, told, "bad", 12, "start" if fits else "end", True, on="page"
        )
    elif lane.gone is None and one.hangs:
        drawing.arrow(right + 12, y + 13, "none")


def _until(lane: Lane, language: str) -> str:
    """From when to when, for those who do not see the drawing."""
    gone = "…" if lane.gone is None else f"{lane.gone:.2f} s"
    ended = f" ({lane.ended(language)})" if lane.status is not None else ""
    return f"{lane.born:.2f} s – {gone}{ended}"
