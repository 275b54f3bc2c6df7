"""``waits_svg``: all processes and things are in the drawing, and a line for each who waits."""

from __future__ import annotations

from xml.etree import ElementTree

from repro.report.pictures import waits_svg
from repro.report.pictures.waits import WaitGraph, wait_graph
from tests.repro.report.pictures.test_waits import seen

SVG = "{http://www.w3.org/2000/svg}"


def test_all_are_there() -> None:
    graph = wait_graph(seen())
    root = ElementTree.fromstring(waits_svg.render("<title>\x1b", ["because <of> it\x1b"], graph))
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    for process in graph.processes:
        assert process.name in texts
        assert any(text.startswith(str(process.pid)) and process.died in text for text in texts)
    for thing in graph.things:
        assert thing.name in texts
    assert texts.count("waits for") == 2
    assert texts.count("waits to read") == 1
    assert "because <of> it\\x1b" in texts
    assert (
        len([element for element in root.iter(f"{SVG}path") if "L" in (element.get("d") or "")]) == len(graph.edges) + 2
    )


def test_who_does_not_see_it_is_told() -> None:
    graph = wait_graph(seen())
    description = ElementTree.fromstring(waits_svg.render("title", ["why"], graph)).findtext(f"{SVG}desc")
    assert description == ". ".join(["why", *graph.sentences()])


def test_where_nobody_waits() -> None:
    assert "nobody was seen to wait" in waits_svg.render("title", [], WaitGraph([], [], []))
