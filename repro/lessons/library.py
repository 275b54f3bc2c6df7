"""The lessons that there are, in which languages, and the misconceptions by name."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import overload

from repro.errors import UsageError, unknown
from repro.lessons import model, parse, recording
from repro.lessons.pictures import cells

#: Where the lessons lie: folders ``NN_name``.
HOME = Path(__file__).parent

#: The languages, the first one first: the others are translated from its sections.
LANGUAGES = ("en", "ja")


def folders() -> dict[int, Path]:
    """The folder of each lesson, by its number."""
    found = sorted(path for path in HOME.iterdir() if re.match(r"\d\d_\w+$", path.name))
    return {int(path.name[:2]): path for path in found}


def languages(folder: Path) -> list[str]:
    """In which languages a lesson is written."""
    return [language for language in LANGUAGES if (folder / f"{language}.md").is_file()]


def lesson(number: int, language: str = LANGUAGES[0]) -> model.Lesson:
    """A lesson, in the language asked for; in the first one, where it has no text in that (its ``language`` says so).

    Raises UsageError where there is no such lesson, LessonError where it can't be read.
    """
    there = folders()
    if number not in there:
        raise unknown("lesson", str(number), map(str, there))
    return parse.read(there[number], language if language in languages(there[number]) else LANGUAGES[0])


@functools.cache
def misconceptions() -> Mapping[str, model.Misconception]:
    """By name, in the order of the file. Raises LessonError for one that says nothing in the first language."""
    file = HOME / "misconceptions.toml"
    made = {}
    for name, given in parse.toml(file).items():
        says, truth = (
            {language: str(given[part][language]) for language in given.get(part, {})} for part in ("says", "truth")
        )
        if LANGUAGES[0] not in says or LANGUAGES[0] not in truth:
            raise parse.LessonError(f"{file}: {name}: 'says.en' and 'truth.en' are needed")
        made[name] = model.Misconception(name, says, truth)
    return made


def belief(choice: model.Choice, language: str) -> tuple[str, str]:
    """What is told to who made a choice, as Markdown: of a wrong one what it believes, else "", and what is true.

    That is the choice's own reply, or the misconception's truth; in the first language, where there is none in that one.
    """
    known = misconceptions().get(choice.misconception or "")
    if known is None:
        return "", choice.reply
    first = LANGUAGES[0]
    return known.says.get(language) or known.says[first], choice.reply or known.truth.get(language) or known.truth[
        first
    ]


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """The language of a locale: of LC_ALL, LC_MESSAGES, LANG, the first that is set (locale(7))."""
    told = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return told[:2] if told[:2] in LANGUAGES else LANGUAGES[0]


def check_language(language: str) -> str:
    """The language itself. Raises UsageError for one in which there are no lessons."""
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    return language


def number_of(word: str) -> int:
    """The number of a lesson, as it is asked for: ``3``, ``03``, ``03_why``. Raises UsageError."""
    match = re.match(r"(\d+)(_\w*)?$", word)
    if match is None:
        raise UsageError(f"a lesson is asked for by its number, and {word!r} is none; repro lesson lists them")
    return int(match[1])


class Records:
    """What was recorded of a lesson's runs and cells, each read once."""

    def __init__(self, lesson: model.Lesson) -> None:
        self._folder = lesson.folder
        self._known: dict[tuple[type, str], recording.Recording | cells.RecordedCell | None] = {}

    @overload
    def of(self, one: model.Run) -> recording.Recording | None: ...
    @overload
    def of(self, one: model.Cell) -> cells.RecordedCell | None: ...
    def of(self, one: model.Run | model.Cell) -> recording.Recording | cells.RecordedCell | None:
        """The record, or None where there is none. Raises RecordError for one that can't be read."""
        key = type(one), one.name
        if key not in self._known:
            if isinstance(one, model.Run):
                self._known[key] = recording.load(self._folder, one)
            else:
                self._known[key] = cells.load(self._folder, one)
        return self._known[key]
