"""``latency_svg``: all cells are in the drawing."""

from __future__ import annotations

from xml.etree import ElementTree

from repro.report.pictures import latency_svg
from repro.report.pictures.latency import Latencies

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [Latencies("Pool", [0.02, 5.0, 5.0, 999.0, 5000.0], 7), Latencies("<safe>\x1b", [1.0], 0)]


def test_each_cell_is_in_a_bar() -> None:
    """However early or late."""
    root = ElementTree.fromstring(latency_svg.render("title", "subtitle", ROWS))
    hints = [element.text or "" for element in root.iter(f"{SVG}title")]
    assert sum(int(hint.split()[0]) for hint in hints if "within" in hint) == 6
    assert "7 callers wait for ever" in hints
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"■ 7", "5 told, 7 never", "1 told, 0 never", "<safe>\\x1b", "5.0 ms"} <= set(texts)


def test_who_does_not_see_it_is_told() -> None:
    description = ElementTree.fromstring(latency_svg.render("title", "", ROWS)).findtext(f"{SVG}desc")
    assert description is not None
    assert ROWS[0].in_words in description


def test_where_nobody_was_told() -> None:
    ElementTree.fromstring(latency_svg.render("title", "", [Latencies("Pool", [], 3)]))
    ElementTree.fromstring(latency_svg.render("title", "", []))
