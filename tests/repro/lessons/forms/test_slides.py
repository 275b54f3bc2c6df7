"""``slides``: a slide for each program, run, picture and question; the prose is the speaker's."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import library
from repro.lessons.forms import slides
from repro.lessons.pages.pictures import Pictures
from repro.lessons.pages.rows import COLUMNS, rows
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


@pytest.mark.parametrize("count", [1, slides.ROWS, slides.ROWS + 1, 3 * slides.ROWS])
def test_lines_that_are_too_many_go_on_on_the_next_slide(count: int) -> None:
    """All of them are there, in their order, about as many on each."""
    lines = rows("\n".join(f"line {number}" for number in range(count)))
    found = slides.parts(lines)
    assert [line for part in found for line in part] == lines
    assert max(map(len, found)) <= slides.ROWS and max(map(len, found)) - min(map(len, found)) <= 1


def test_lines_that_are_too_long_take_more_slides() -> None:
    """By the rows that they take; one line is not parted."""
    long = "x" * COLUMNS
    twice = slides.parts(rows("\n".join([f"{long}x"] * slides.ROWS)))
    assert [len(part) for part in twice] == [slides.ROWS // 2] * 2
    assert len(slides.parts(rows("x" * COLUMNS * 2 * slides.ROWS))) == 1  # there is no place to part it


def test_code_is_parted_at_an_empty_line() -> None:
    """Of two functions, each stands on a slide of its own, without the empty lines between them."""
    function = "\n".join(["def one():", *["    pass"] * 15])
    assert slides.parts(rows(f"{function}\n\n\n{function}")) == [rows(function)] * 2


def test_each_moment_of_a_stepper_is_a_slide() -> None:
    """First all of them, to choose from; then each: what was recorded is shown in a step, so that it is predicted first."""
    lesson = library.lesson(3)
    records = library.Records(lesson)
    shown = slides.slides(lesson, slides.Maker(lesson, records, Pictures(lesson, records)))
    first = next(number for number, one in enumerate(shown) if one.inside.count("<ol class=choices><li>The worker"))
    moments = shown[first].inside.count("<li>")
    assert [one.title[:2] for one in shown[first + 1 : first + 1 + moments]] == ["A.", "B.", "C."]
    assert all(one.inside.startswith('<div class="step">') for one in shown[first + 1 : first + 1 + moments])


def test_a_long_output_ends_with_how_the_program_ended() -> None:
    """On the last of its slides, and not before."""
    lesson = library.lesson(10)
    records = library.Records(lesson)
    shown = slides.slides(lesson, slides.Maker(lesson, records, Pictures(lesson, records)))
    first = next(number for number, one in enumerate(shown) if 'class="step ran"' in one.inside)
    of_run = [one for one in shown[first:] if one.title.startswith(shown[first].title.partition(" (")[0] + " (")]
    endings = ["HANGS" in one.inside for one in of_run]
    assert len(endings) > 1 and endings == [False] * (len(endings) - 1) + [True]


def test_slides_are_one_file() -> None:
    """Of a real lesson: nothing from elsewhere, a note for every slide that has one, and numbers that count."""
    lesson = library.lesson(1)
    page = slides.render(lesson, library.Records(lesson))
    found = Scripts(page)
    assert found.fetched == [] and len(found.scripts) == 2
    count = page.count('<section class="slide')
    assert f'aria-label="{count} of {count}"' in page and page.count("<template>") == count
    assert "Let the room vote" in page
