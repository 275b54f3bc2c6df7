"""``text``: the whole lesson on 80 columns, with the answers behind all questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import library, recording
from repro.lessons.columns import width
from repro.lessons.forms import text
from repro.lessons.library import Records
from tests.repro.lessons import made
from tests.repro.lessons.recorded import HANG


def test_all_of_a_lesson_is_there(tmp_path: Path) -> None:
    """In its order; what is for speakers is not."""
    lesson = made.lesson(made.written(tmp_path))
    recording.save(lesson.folder, HANG)
    shown = text.render(lesson, Records(lesson))
    parts = (
        "1. A title",
        "1.1 One",
        "Question 1",
        "What now?",
        "$ python hang.py",
        "HANGS",
        "Because.",
        "Make it.",
        "Answers",
    )
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert "Wait." not in shown and shown.index("Not so") > shown.index("Answers") if "Not so" in shown else True
    assert shown.index("No, not so.") > shown.index("Answers") and "Question 5\nB." in shown
    assert all(width(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize("language", library.LANGUAGES)
@pytest.mark.parametrize("number", library.folders())
def test_no_line_of_a_lesson_is_too_long(number: int, language: str) -> None:
    """Programs, tables and pictures, too; but for a command that is to be copied, as it stands in the text."""
    lesson = library.lesson(number, language)
    copied = (lesson.folder / f"{language}.md").read_text("utf-8")
    long = [line for line in text.render(lesson, Records(lesson)).splitlines() if width(line) > 80]
    assert [line for line in long if line.strip() not in copied] == []
