"""``html``: the handout as one file, and its key, in which no text is obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import library
from repro.lessons.forms import html
from tests.repro.lessons.pages import made
from tests.repro.report.page.test_assembly import Scripts


@pytest.mark.parametrize("language", library.LANGUAGES)
def test_the_handout_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """Each section, in order; nothing for the speaker, and nothing from elsewhere."""
    monkeypatch.setattr("repro.lessons.pages.blocks.belief", lambda *_: ("A belief.", "The truth."))
    lesson = made.lesson(tmp_path, language)
    page = html.render(lesson, library.Records(lesson))
    found = Scripts(page)
    assert found.fetched == [] and len(found.scripts) == 2 and f'lang="{language}"' in page
    places = [page.index(part) for part in ('id="one"', "Some prose.", "What now?", "Because.", 'id="two"', "Make it.")]
    assert places == sorted(places)
    assert "<p>Wait.</p>" not in page and not set(page) & set("\x1b\x00\x07\u202e")


def test_the_key_is_a_file_of_its_own() -> None:
    """With every question of a lesson."""
    lesson = library.lesson(1)
    page = html.answers(lesson)
    assert page.count('class="ask"') == len(lesson.asks()) and "the-caller-is-told" in page
