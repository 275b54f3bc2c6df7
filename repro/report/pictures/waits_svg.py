"""A wait graph, drawn: processes to the left, what they wait for to the right, and a line for each who waits or could help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from repro.report.pictures.svg import Drawing
from repro.report.pictures.waits import HAS, Edge, Process, WaitGraph
from repro.report.pictures.words import ENGLISH, Words


@dataclass(frozen=True)
class Layout:
    """Where things stand, in px. width: of the drawing. left: of the first column of boxes, and as much is free at the right end;
    box: how wide a process is, thing: how wide one that they wait for, height: how high both are. row: from a box to the one
    below it. words: size of the letters at a line. head: whether title and moment stand above. why: whether what explains it is
    said below; columns: how many a line of that has, about."""

    width: float = 960.0
    left: float = 24.0
    box: float = 300.0
    thing: float = 300.0
    height: float = 38.0
    row: float = 58.0
    words: float = 10.5
    head: bool = True
    why: bool = True
    columns: int = 132

    @property
    def right(self) -> float:
        """Of the second column of boxes."""
        return self.width - self.left - self.thing

    @property
    def top(self) -> float:
        """Of the first row of boxes."""
        return 90.0 if self.head else 26.0


#: On a page.
PAGE = Layout()
#: So narrow that its letters are large, once it is as wide as a page of text.
NARROW = Layout(width=540.0, left=4.0, box=182.0, thing=232.0, row=46.0, words=11.0, columns=72)
#: As large as that on a slide, which is less high; what explains it, the speaker says.
SLIDE = replace(NARROW, height=33.0, row=38.0, head=False, why=False)

#: Of a cell: when its processes were looked at.
GIVEN_UP = "who waits for what, when the program had been given up"


def render(
    title: str,
    why: Sequence[str],
    graph: WaitGraph,
    cut: str = "",
    when: str = GIVEN_UP,
    words: Words = ENGLISH,
    layout: Layout = PAGE,
) -> str:
    """The SVG. title: above it. why: the sentences that explain the hang, below it. cut: that the run was cut short. when: what
    is drawn, and of which moment. layout: where things stand."""
    described = [*map(words.told, why), *graph.sentences(words.told)]
    drawing = Drawing(layout.width, title, ". ".join(described), cut, words.told)
    if layout.head:
        drawing.head(when)
    drawing.text(layout.left, layout.top - 12, "processes", "dim", 12, bold=True)
    drawing.text(layout.right, layout.top - 12, "what they wait for", "dim", 12, bold=True)
    places = {one.pid: layout.top + layout.row * number for number, one in enumerate(graph.processes)}
    things = {one.key: layout.top + layout.row * number for number, one in enumerate(graph.things)}
    count = dict.fromkeys([*map(str, places), *things], 0)
    for edge in sorted(graph.edges, key=lambda edge: edge.waits):  # below the boxes; who waits, above the others
        _edge(drawing, layout, edge, places[edge.pid], things[edge.key], count)
    for process in graph.processes:
        _process(drawing, layout, process, places[process.pid])
    for thing in graph.things:
        y = things[thing.key]
        drawing.box(layout.right, y, layout.thing, layout.height, "page", round_=18)
        drawing.box(layout.right, y, layout.thing, layout.height, "ink", thing.key, "line", 18)
        _named(drawing, layout, layout.right + layout.height / 2 - 1, y, thing.name, thing.key, "ink", "dim")
    if not graph.edges:
        end = layout.width - layout.left
        drawing.text(
            end, layout.top + 14, "nobody was seen to wait for anything that processes share", "dim", 12, "end"
        )
    _legend(drawing, layout, drawing.height + (30 if layout.head else 22))
    for sentence in why if layout.why else ():
        for number, line in enumerate(words.wrapped(words.told(sentence), layout.columns, "")):
            drawing.text(20, drawing.height + (13 if number else 22), line, size=12.5)
    return drawing.render()


def _process(drawing: Drawing, layout: Layout, process: Process, y: float) -> None:
    colour = "bad" if process.died else "ink"
    drawing.box(layout.left, y, layout.box, layout.height, "page")
    drawing.box(layout.left, y, layout.box, layout.height, colour, hollow="dash" if process.died else "line")
    more = f"{process.pid}{f' ✕ {drawing.told(process.died)}' if process.died else ''}"
    _named(drawing, layout, layout.left + 14, y, process.name, more, colour, colour if process.died else "dim")


def _named(drawing: Drawing, layout: Layout, x: float, y: float, name: str, more: str, colour: str, dim: str) -> None:
    """What stands in a box: a name, and below it what the kernel calls it."""
    gap = (layout.height - 24) / 4  # above the name, between the two, below, and a little
    drawing.text(x, y + gap + 13.5, name, colour, 13, bold=True)
    drawing.text(x, y + layout.height - gap - 3.5, more, dim, 11)


def _edge(drawing: Drawing, layout: Layout, edge: Edge, left: float, right: float, count: dict[str, int]) -> None:
    """Lines of one box begin below each other; words stand at the process, where reading begins."""
    count[str(edge.pid)] += 1
    count[edge.key] += 1
    start = left + 4 + (6 * count[str(edge.pid)]) % (layout.height - 6)
    end = right + 4 + (6 * count[edge.key]) % (layout.height - 6)
    begin = layout.left + layout.box
    colour = "bad" if edge.waits else "none"
    drawing.line(begin, start, layout.right - 8, end, colour, 2 if edge.waits else 1, "" if edge.waits else "4 3")
    drawing.arrow(layout.right, end, colour)
    if edge.waits or edge.how == HAS:  # what the others could do, the legend says
        x, y = begin + 0.16 * (layout.right - begin), start + 0.16 * (end - start)
        drawing.text(x, y + 3.5, edge.how, colour, layout.words, bold=True, on="page")


def _legend(drawing: Drawing, layout: Layout, y: float) -> None:
    drawing.line(20, y - 4, 50, y - 4, "bad", 2)
    drawing.text(56, y, "waits, and goes on only when somebody writes, reads or lets go")
    x, y = (480.0, y) if layout.width > 900 else (20.0, y + 20)
    drawing.line(x, y - 4, x + 30, y - 4, "none", 1, "4 3")
    drawing.text(x + 36, y, "has the other end, and could write or read: does it?")
