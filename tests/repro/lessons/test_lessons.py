"""The lessons as they are: each can be read, and holds what it must."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import library, parse, recording, rules

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


@pytest.mark.parametrize("folder", library.folders().values(), ids=lambda folder: str(folder.name))
def test_what_is_recorded_is_of_the_programs_as_they_are(folder: Path) -> None:
    """A record of another program, or of a run that the text does not tell, is made again: repro lesson make."""
    lesson = parse.read(folder, library.LANGUAGES[0])
    for run in lesson.runs.values():
        one = recording.load(folder, run)
        if one is not None:
            assert one.source == recording.digest(run.source(folder)), run.name
            assert recording.differences(run, one) == [], run.name


def test_each_misconception_is_a_wrong_choice_in_two_lessons() -> None:
    """Else nobody meets it, or it is met once and forgotten."""
    lessons = [parse.read(folder, library.LANGUAGES[0]) for folder in library.folders().values()]
    assert rules.needless_or_missing(lessons, library.misconceptions()) == []
