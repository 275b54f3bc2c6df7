"""The lessons as they are: each can be read, and holds what it must."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import library, parse, rules

TEXTS = [
    pytest.param(folder, language, id=f"{folder.name}-{language}")
    for folder in library.folders().values()
    for language in library.languages(folder)
]


@pytest.mark.parametrize(("folder", "language"), TEXTS)
def test_a_lesson_holds_what_it_must(folder: Path, language: str) -> None:
    """No remarks; a translation has every section, written after the last change of its goal, its runs and its choices."""
    lesson = parse.read(folder, language)
    assert rules.remarks(lesson, library.misconceptions()) == []
    first = library.LANGUAGES[0]
    assert language == first or rules.stale(parse.read(folder, first), lesson) == []
