"""``forms``: each is found by its name, and makes the same bytes of the same lesson."""

from __future__ import annotations

import pytest

from repro.errors import UsageError
from repro.lessons import forms, library


@pytest.mark.parametrize("number", library.folders())
@pytest.mark.parametrize("name", forms.names())
def test_each_lesson_has_each_form(name: str, number: int) -> None:
    """In each language; twice the same."""
    for language in library.languages(library.folders()[number]):
        lesson = library.lesson(number, language)
        made = forms.render(name, lesson, library.Records(lesson))
        assert made and made == forms.render(name, lesson, library.Records(lesson))


def test_a_form_that_is_not_there_is_said() -> None:
    """With those that there are."""
    assert "text" in forms.names()
    with pytest.raises(UsageError, match="no form of a lesson 'texts'; nearest: text"):
        forms.form("texts")
