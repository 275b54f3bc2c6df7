"""A wait graph, drawn: processes to the left, what they wait for to the right, and a line for each who waits or could help."""

from __future__ import annotations

from collections.abc import Sequence

from repro.report.pictures.svg import Drawing
from repro.report.pictures.waits import HAS, Edge, Process, WaitGraph
from repro.report.pictures.words import ENGLISH, Words

WIDTH = 960.0
BOX, LEFT, RIGHT = 300.0, 24.0, 636.0
ROW, HEIGHT = 58.0, 38.0


#: Of a cell: when its processes were looked at.
GIVEN_UP = "who waits for what, when the program had been given up"


def render(
    title: str, why: Sequence[str], graph: WaitGraph, cut: str = "", when: str = GIVEN_UP, words: Words = ENGLISH
) -> str:
    """The SVG. title: above it. why: the sentences that explain the hang, below it. cut: that the run was cut short. when: what
    is drawn, and of which moment."""
    described = [*map(words.told, why), *graph.sentences(words.told)]
    drawing = Drawing(WIDTH, title, ". ".join(described), cut, words.told)
    drawing.head(when)
    drawing.text(LEFT, 78, "processes", "dim", 12, bold=True)
    drawing.text(RIGHT, 78, "what they wait for", "dim", 12, bold=True)
    places = {one.pid: 90 + ROW * number for number, one in enumerate(graph.processes)}
    things = {one.key: 90 + ROW * number for number, one in enumerate(graph.things)}
    count = dict.fromkeys([*map(str, places), *things], 0)
    for edge in sorted(graph.edges, key=lambda edge: edge.waits):  # below the boxes; who waits, above the others
        _edge(drawing, edge, places[edge.pid], things[edge.key], count)
    for process in graph.processes:
        _process(drawing, process, places[process.pid])
    for thing in graph.things:
        y = things[thing.key]
        drawing.box(RIGHT, y, BOX, HEIGHT, "page", round_=18)
        drawing.box(RIGHT, y, BOX, HEIGHT, "ink", thing.key, "line", 18)
        drawing.text(RIGHT + 18, y + 17, thing.name, size=13, bold=True)
        drawing.text(RIGHT + 18, y + 31, thing.key, "dim", 11)
    if not graph.edges:
        drawing.text(RIGHT, 104, "nobody was seen to wait for anything that processes share", "dim")
    _legend(drawing, drawing.height + 30)
    for sentence in why:
        for number, line in enumerate(words.wrapped(words.told(sentence), 132, "")):
            drawing.text(20, drawing.height + (13 if number else 22), line, size=12.5)
    return drawing.render()


def _process(drawing: Drawing, process: Process, y: float) -> None:
    colour = "bad" if process.died else "ink"
    drawing.box(LEFT, y, BOX, HEIGHT, "page")
    drawing.box(LEFT, y, BOX, HEIGHT, colour, hollow="dash" if process.died else "line")
    drawing.text(LEFT + 14, y + 17, process.name, colour, 13, bold=True)
    drawing.text(
        LEFT + 14,
        y + 31,
        f"{process.pid}{f' ✕ {drawing.told(process.died)}' if process.died else ''}",
        colour if process.died else "dim",
        11,
    )


def _edge(drawing: Drawing, edge: Edge, left: float, right: float, count: dict[str, int]) -> None:
    """Lines of one box begin below each other; words stand at the process, where reading begins."""
    count[str(edge.pid)] += 1
    count[edge.key] += 1
    start = left + 4 + (6 * count[str(edge.pid)]) % (HEIGHT - 6)
    end = right + 4 + (6 * count[edge.key]) % (HEIGHT - 6)
    colour = "bad" if edge.waits else "none"
    drawing.line(LEFT + BOX, start, RIGHT - 8, end, colour, 2 if edge.waits else 1, "" if edge.waits else "4 3")
    drawing.arrow(RIGHT, end, colour)
    if edge.waits or edge.how == HAS:  # what the others could do, the legend says
        x, y = LEFT + BOX + 0.16 * (RIGHT - LEFT - BOX), start + 0.16 * (end - start)
        drawing.text(x, y + 3.5, edge.how, colour, 10.5, bold=True, on="page")


def _legend(drawing: Drawing, y: float) -> None:
    drawing.line(20, y - 4, 50, y - 4, "bad", 2)
    drawing.text(56, y, "waits, and goes on only when somebody writes, reads or lets go")
    drawing.line(480, y - 4, 510, y - 4, "none", 1, "4 3")
    drawing.text(516, y, "has the other end, and could write or read: does it?")
