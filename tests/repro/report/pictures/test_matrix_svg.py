"""``matrix_svg``: it says what the matrix says, however many pools there are."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from repro.report.pictures import matrix_svg
from repro.report.pictures.matrix import matrix
from repro.report.pictures.matrix_text import in_words
from repro.report.pictures.svg import pixels
from repro.report.words import VERDICTS
from tests.repro.report.pictures.test_matrix import C, H, R, cell

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("pools", [1, 3, 16])
def test_each_verdict_is_there_with_its_symbol(pools: int) -> None:
    names = [f"a.long.name.of.Pool{number}" for number in range(pools)]
    cells = [cell("3.9.2", H, pool=name) for name in names] + [cell("3.10.1", R, pool=name) for name in names]
    one = matrix(cells, {})
    root = ElementTree.fromstring(matrix_svg.render("title", "subtitle", one))
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    for element in root.iter(f"{SVG}text"):  # names that lean stay inside, too
        if element.get("transform"):
            length = 0.8 * pixels(element.text or "", 13, bold=True)
            assert float(element.get("x", "")) + length <= float(root.get("width", ""))
    assert sum(text.startswith(VERDICTS[H].symbol) for text in texts) == pools + 1  # and the legend
    assert sum(text.startswith(VERDICTS[R].symbol) for text in texts) == pools + 1
    hints = [element.text for element in root.iter(f"{SVG}title")]
    assert hints.count("dies, 3.9: hangs") == hints.count("dies, 3.10: raises") == pools


def test_who_does_not_see_it_is_told() -> None:
    one = matrix([cell("3.9.2", H), cell("3.10.1", C)], {})
    root = ElementTree.fromstring(matrix_svg.render("title", "", one))
    assert root.findtext(f"{SVG}desc") == f"dies: Pool {in_words(one, one.groups[0][1][0].pools['Pool'])}."


def test_hostile_names_are_text() -> None:
    hostile = "</text><script>\x1b\u202e"
    svg = matrix_svg.render(hostile, hostile, matrix([cell("3.9.2", H, scenario=hostile, pool=hostile)], {}))
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert not set(svg) & set("\x1b\u202e")
