"""``bench_svg``: each pool has its mark, with its spread."""

from __future__ import annotations

from xml.etree import ElementTree

from repro.report.pictures import bench_svg
from repro.report.pictures.bench import Mark, Row

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    Row(
        "the submit",
        "u",
        10.0,
        [Mark("concurrent.futures.Old", 0.02, 0.01, 0.03, 0.2), Mark("<safe>\x1b", 300.0, 200.0, 400.0, 3000.0)],
    )
]


def test_each_pool_is_there() -> None:
    """Inside of the drawing, however far from the reference."""
    svg = bench_svg.render("title", "subtitle", ROWS)
    root = ElementTree.fromstring(svg)
    texts = {element.text: float(element.get("x", "")) for element in root.iter(f"{SVG}text")}
    assert {"the submit", "Old 0.0x", "<safe>\\x1b 300.0x", "as Pool", "Pool: 10 u"} <= set(texts)
    assert all(0 <= x <= bench_svg.WIDTH for x in texts.values())
    assert "<safe>\\x1b: 3,000 u, 200.0x to 400.0x" in [element.text for element in root.iter(f"{SVG}title")]
    assert "\x1b" not in svg


def test_nothing_to_draw() -> None:
    ElementTree.fromstring(bench_svg.render("title", "subtitle", []))
