"""``slides``: a slide for each program, run, picture and question; the prose is the speaker's."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import library
from repro.lessons.forms import slides
from tests.repro.lessons.pages import made
from tests.repro.report.page.test_assembly import Scripts


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[slides.Slide]:
    monkeypatch.setattr(slides, "belief", lambda choice, _: ("A belief." if not choice.right else "", "The truth."))
    lesson = made.lesson(tmp_path)
    records = library.Records(lesson)
    return slides.slides(lesson, slides.Maker(lesson, records, made.markup(lesson)[1]))


def test_prose_is_told_and_not_shown(shown: list[slides.Slide]) -> None:
    """On the slide that follows it; a note, on the one before it; what slides show in its place is shown."""
    assert [one.kind for one in shown[:4]] == ["title", "code", "question", "code"]
    assert not any("Some prose." in one.inside for one in shown)
    assert "Some prose." in shown[1].told[0]
    noted = next(one for one in shown if "Wait." in one.notes)
    assert noted.title == "Look" and any("<li>so</li>" in one.inside and one.title == "Short" for one in shown)


def test_a_question_is_solved_in_steps(shown: list[slides.Slide]) -> None:
    """First the choices, then which one; what the others believe is the speaker's."""
    question = shown[2]
    assert question.inside.index("A wrong one") < question.inside.index('class="step solves"')
    assert "A belief." in question.notes[0] and "A belief." not in question.inside


def test_slides_are_one_file() -> None:
    """Of a real lesson: nothing from elsewhere, a note for every slide that has one, and numbers that count."""
    lesson = library.lesson(1)
    page = slides.render(lesson, library.Records(lesson))
    found = Scripts(page)
    assert found.fetched == [] and len(found.scripts) == 2
    count = page.count('<section class="slide')
    assert f'aria-label="{count} of {count}"' in page and page.count("<template>") == count
    assert "Let the room vote" in page
