"""``library``: lessons by number, languages by what is there and by the locale."""

from __future__ import annotations

import pytest

from repro.errors import UsageError
from repro.lessons import library


def test_lessons_are_found_by_number() -> None:
    """Each in the language asked for, or in the first one; what is not there is said."""
    there = library.folders()
    assert there and all(folder.name.startswith(f"{number:02}_") for number, folder in there.items())
    assert library.lesson(1).number == 1
    asked = library.lesson(1, "ja").language
    assert asked == ("ja" if "ja" in library.languages(there[1]) else "en")
    with pytest.raises(UsageError, match="no lesson '99'"):
        library.lesson(99)


@pytest.mark.parametrize(("word", "number"), [("3", 3), ("03", 3), ("03_why", 3)])
def test_a_lesson_has_its_number(word: str, number: int) -> None:
    """However it is written."""
    assert library.number_of(word) == number


def test_what_is_no_number_is_said() -> None:
    """And how to find one."""
    with pytest.raises(UsageError, match="'three' is none; repro lesson lists them"):
        library.number_of("three")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], language: str) -> None:
    """Where there are lessons in it."""
    assert library.language_of(environment) == language


def test_a_language_without_lessons_is_said() -> None:
    """It names those that there are."""
    assert library.check_language("ja") == "ja"
    with pytest.raises(UsageError, match="no language 'de'; nearest: en"):
        library.check_language("de")


def test_misconceptions_have_names_and_truths() -> None:
    """Some fifteen, each in every language."""
    known = library.misconceptions()
    assert len(known) >= 15
    for one in known.values():
        assert all(one.says.get(language) and one.truth.get(language) for language in library.LANGUAGES), one.name
