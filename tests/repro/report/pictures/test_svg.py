"""``svg``: what all drawings have in common can be read by everybody."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from repro.records.shown import text as clean
from repro.report.pictures.svg import DARK, LIGHT, Drawing, Key, page, pixels


def test_what_has_no_shape_is_shown_as_its_number() -> None:
    assert clean("a\x1b[31m\x00\u202eb") == "a\\x1b[31m\\x00\\u202eb"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_letters_can_be_read(colours: dict[str, str]) -> None:
    """A contrast of 4.5 at least (WCAG 2.2, 1.4.3), of words on the page and on a panel, and of those in a box."""
    pairs = [
        (name, ground)
        for name in colours
        if name not in ("page", "panel", "line", "on")
        for ground in ("page", "panel")
    ]
    pairs += [("on", name) for name in ("good", "bad", "told", "kept", "none")]
    for one, other in pairs:
        light, dark = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (one, other)


def test_a_legend_has_as_many_lines_as_it_takes() -> None:
    drawing = Drawing(400, "title", "")
    drawing.legend(20, [Key(f"what sign {number} means", "good", "✓") for number in range(5)])
    found = [
        element
        for element in ElementTree.fromstring(drawing.render()).iter("{http://www.w3.org/2000/svg}text")
        if element.text != "✓"
    ]
    assert len({element.get("y") for element in found}) == 3
    for element in found:
        assert float(element.get("x", "")) + pixels(element.text or "", 12) <= 400


def test_letters_are_as_wide_as_they_are() -> None:
    assert pixels("ill", 12) < pixels("abc", 12) < pixels("MMM", 12) < pixels("MMM", 12, bold=True)
    assert pixels("\x1b", 10) == pixels("\\x1b", 10)


def test_a_page_has_the_size_of_its_drawing_on_paper() -> None:
    drawing = Drawing(960, "<title>", "")
    drawing.reach(88)
    html = page("<title>", drawing.render())
    assert "@page{size:960px 100px" in html
    assert "<h1" in html and "&lt;title&gt;</h1>" in html
