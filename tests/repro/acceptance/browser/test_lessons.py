"""The pages of lessons: a handout that answers, on a telephone and on a wall and on paper; slides, with the speaker's window."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from repro.lessons import library
from repro.lessons.forms import render
from tests.repro.acceptance.browser import looking
from tests.repro.lessons.pages import made

#: How much wider than the window the page is, in px.
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
#: Letters of a slide are at least that part of its height, a teacher's rule of thumb for the last row: 5 cm on a wall 2 m high.
OF_HEIGHT = 1 / 40

#: Which programs, outputs and tables of a handout are wider than their place: what is outside has to be scrolled to.
CUT = """() => [...document.querySelectorAll('pre:not(figure pre), .scrolls')]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"""

#: Those that are looked at: number and language of a lesson. Between them they have all that a lesson can show.
LESSONS = tuple(itertools.product((1, 3, 6, 10), library.LANGUAGES))


#: Of windows of a handout, in px: from a telephone to a wall.
WIDTHS = (360, 768, 1280, 1920)


#: Letters of a drawing in a handout, on a telephone, too, in px.
SMALLEST = 10


def written(folder: Path, number: int, language: str, form: str) -> Path:
    """A lesson in a form for browsers, as a file."""
    lesson = library.lesson(number, language)
    path = folder / f"{number}-{language}-{form}.html"
    path.write_text(str(render(form, lesson, library.Records(lesson))), "utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The first lesson in each form for browsers."""
    return {form: written(tmp_path, *LESSONS[0], form) for form in ("html", "slides")}


@pytest.mark.parametrize(("number", "language"), LESSONS)
def test_the_handout_is_for_everybody(browser: Any, tmp_path: Path, number: int, language: str) -> None:
    """All of it unfolded: axe-core finds nothing, and nothing is cut off; one language by day, the other by night."""
    scheme = "light" if language == library.LANGUAGES[0] else "dark"
    with looking.watched(browser, WIDTHS[0], color_scheme=scheme) as page:
        page.goto(written(tmp_path, number, language, "html").as_uri())
        page.evaluate(
            "document.querySelectorAll('details').forEach((one) => { one.removeAttribute('name'); one.open = true; })"
        )
        assert looking.found_by_axe(page) == []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(TOO_WIDE) <= 0, width
            assert page.evaluate(CUT) == [], width
            page.evaluate(looking.TWO_FRAMES)
            assert page.evaluate(looking.OF_DRAWINGS) >= SMALLEST, width
            assert page.evaluate(looking.ON_BOXES) == [], width


def test_a_choice_answers(page: Any, files: dict[str, Path]) -> None:
    """By the keyboard as well: why, and the belief behind it; one of a question is open at a time. On paper nothing answers, but
    what the runs gave and what is told besides is there."""
    page.goto(files["html"].as_uri())
    questions = page.locator("#ask-quiet")
    questions.locator("summary").nth(0).focus()
    page.keyboard.press("Enter")
    assert questions.locator(".choice[open] .belief").is_visible()
    questions.locator(".answer[open]").wait_for()
    questions.locator(".choice.right summary").click()
    assert questions.locator(".choice[open]").count() == 1
    page.reload()
    paper = " ".join(looking.texts_of_pdf(page))
    assert "Does it hang?" in paper and "HANGS" in paper and "the parent did notice" in paper
    assert not [words for words in ("The belief behind", "Why?", "Hint 1", "The same in letters") if words in paper]


def test_a_timeline_is_stepped_in_the_page(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a cell whose record is hostile: drawn, stepped, and nothing of it runs."""
    monkeypatch.setattr("repro.lessons.pages.blocks.belief", lambda *_: ("A belief.", "The truth."))
    lesson = made.lesson(tmp_path, "ja")
    path = tmp_path / "made.html"
    path.write_text(str(render("html", lesson, library.Records(lesson))), "utf-8")
    page.goto(path.as_uri())
    place = page.locator(".stepped").first
    clock = place.locator(".controls output")
    before = clock.inner_text()
    place.get_by_role("button", name="1つ進む").click()
    assert clock.inner_text() != before and "ワーカー1" in place.inner_text()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.locator("img").count() == 0 and "<script>alert(1)</script>" in page.inner_text("body")


@pytest.mark.parametrize("language", library.LANGUAGES)
@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_every_slide_is_read_from_the_last_row(
    browser: Any, tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    """Of all lessons, with all its steps: no text, line of code, table or picture has smaller letters, and nothing is cut off.
    axe-core finds nothing on any kind of slide."""
    looked: set[str | None] = set()
    wrong = []
    with looking.watched(browser, *size) as page:
        for number in library.folders():
            page.goto(written(tmp_path, number, language, "slides").as_uri())
            for place in range(page.locator(".slide").count()):
                found = looking.wrong_on_slide(page, place, size[1] * OF_HEIGHT)
                wrong += [f"lesson {number}, slide {place + 1}: {one}" for one in found]
                kind = page.locator(".slide").nth(place).get_attribute("class")
                if kind not in looked:
                    looked.add(kind)
                    assert looking.found_by_axe(page) == []
    assert wrong == []


def test_keys_lead_through_steps_and_the_speaker_sees_more(page: Any, files: dict[str, Path]) -> None:
    """What is shown, and what comes next; from the speaker's window as well."""
    from playwright.sync_api import expect

    page.goto(files["slides"].as_uri())
    with page.expect_popup() as opened:
        page.keyboard.press("n")
    notes = opened.value
    expect(notes.locator("h1")).to_have_text("Lesson 1: The hang")
    page.keyboard.press("ArrowRight")
    notes.keyboard.press("ArrowRight")
    expect(page.locator("#place")).to_have_text("3 / " + str(page.locator(".slide").count()))
    assert page.locator("#s3 .step:not(.later)").count() == 0
    page.keyboard.press(" ")
    expect(page.locator("#s3")).to_have_class("slide question solved")
    expect(notes.locator("body")).to_contain_text("The belief behind this choice")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#s3")).to_have_class("slide question")
    page.keyboard.press("End")
    expect(notes.locator(".next")).to_contain_text("–")


def test_slides_on_paper(page: Any, files: dict[str, Path]) -> None:
    """A sheet for each, with all its steps."""
    import io

    import pypdf

    page.goto(files["slides"].as_uri())
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(sheets) == page.locator(".slide").count()
    assert "✓" in sheets[2].extract_text()
