"""``drawings``: what was recorded, as SVG with words for those who do not see it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from repro.lessons import model
from repro.lessons.pictures.drawings import NARROW, SLIDE, svg
from tests.repro.lessons import made
from tests.repro.lessons.recorded import HANG, RUN


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("kind", "dead"), [("processes", "(exit code 1)"), ("waits", "exit code 1")])
def test_a_picture_is_drawn(kind: str, dead: str, language: str) -> None:
    """The same bytes each time; it is XML, and tells who ended."""
    lesson = made.lesson(language=language)
    drawn = svg(model.Show(kind, RUN), lesson, HANG, "A title")
    assert drawn is not None and drawn == svg(model.Show(kind, RUN), lesson, HANG, "A title")
    words = "".join(ElementTree.fromstring(drawn).itertext())
    assert "A title" in words and (dead if language == "en" else "終了ステータス1") in words


@pytest.mark.parametrize("kind", ["processes", "waits"])
def test_on_a_slide_all_letters_are_large(kind: str) -> None:
    """In a drawing as wide as a slide of 1024 px none of the same words is smaller than a fortieth of 768 px."""
    lesson = made.lesson()
    page, slide = (svg(model.Show(kind, RUN), lesson, HANG, "A title", layout) for layout in (NARROW, SLIDE))
    assert page is not None and slide is not None
    root = ElementTree.fromstring(slide)
    texts = [element for element in root.iter() if element.tag.endswith("}text")]
    sizes = [float(element.attrib["font-size"]) for element in texts]
    assert min(sizes) * 960 / SLIDE.width >= 768 / 40
    assert {str(one.text) for one in texts if str(one.text).isalpha()} <= set(ElementTree.fromstring(page).itertext())


@pytest.mark.parametrize("kind", ["output", "counts"])
def test_text_is_not_drawn(kind: str) -> None:
    """It is text in every form."""
    assert svg(model.Show(kind, RUN), made.lesson(), HANG, "A title") is None
