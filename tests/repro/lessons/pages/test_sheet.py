"""``sheet``: one file that asks nobody for anything, in its language."""

from __future__ import annotations

import re

from repro.lessons.pages import sheet
from repro.report.page import shell
from repro.report.pictures.svg import LIGHT, STYLE


def test_a_sheet_is_whole() -> None:
    """Its language, its only program by its hash, and data that no text in it can end."""
    made = sheet.sheet("ja", "<b>", "<main></main>", ("handout.css",), "1;", {"a": "</script>"})
    assert '<html lang="ja">' in made and "<title>&lt;b&gt;</title>" in made
    assert f"script-src 'sha256-{shell.digest('1;')}'" in made
    assert made.count("<script") == 2 and made.count("</script>") == 2
    assert "line-break: strict" in made and "Noto Sans CJK JP" in made


def test_drawings_look_in_a_page_as_they_do_alone() -> None:
    """Their own style is taken out there, so the page has each of its classes: without one, words had lines through them."""
    style = sheet.sheet("en", "A title", "", ("handout.css",), "", {})
    classes = set(re.findall(r"\.((?:on-)?[a-z]+(?:-[a-z]+)?)\{", STYLE)) - {"s-page", "s-dim", "s-panel", "s-on"}
    assert {"on-page", "on-panel", "bold", "f-ink"} <= classes
    assert [name for name in classes if not re.search(rf"\.{name}\b", style)] == []


def test_programs_and_styles_can_stand_in_a_page() -> None:
    """None ends what it stands in, asks for a file, or uses a colour that is not there; each file is used."""
    used = {"sheet.html", "text.css"}
    for name in ("handout.js", "slides.js"):
        assert "</" not in sheet.timelines(name)
        used.add(name)
    for name in ("text.css", "handout.css", "slides.css"):
        style = sheet.asset(name)
        assert "</" not in style and "url(" not in style and "@import" not in style
        assert set(re.findall(r"var\(--(\w+)", style)) <= {*LIGHT, "size", "fit", "least", "hang"}
        used.add(name)
    assert {path.name for path in sheet.ASSETS.iterdir()} == used
