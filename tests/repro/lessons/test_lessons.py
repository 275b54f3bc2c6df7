"""The lessons as they are: each can be read, and holds what it must."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from repro.lessons import library, model, parse, recording, rules

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


@pytest.mark.parametrize(("folder", "language"), TEXTS)
def test_a_lesson_takes_ten_to_fifteen_minutes(folder: Path, language: str) -> None:
    """To read, to predict and to run; the task comes on top. By the same paces for all, which are guesses. A project, which has
    nothing to run, is mostly its task."""
    lesson = parse.read(folder, language)
    assert lesson.complete
    if lesson.runs:
        assert rules.MINUTES[0] <= rules.minutes(lesson) <= rules.MINUTES[1]


def test_the_first_hang_comes_soon() -> None:
    """The first program of all hangs, and its watchdog says so in seconds: with the start of `repro` that is less than ten."""
    first = next(block.run for block in library.lesson(1).blocks() if isinstance(block, model.RunIt))
    assert first.ends == (model.HANG,) and first.times == 1 and first.deadline <= 5


@pytest.mark.parametrize("folder", library.folders().values(), ids=lambda folder: str(folder.name))
def test_no_program_is_left_over(folder: Path) -> None:
    """Each is run by the lesson."""
    programs = {run.program for run in parse.read(folder, library.LANGUAGES[0]).runs.values()}
    assert {file.name for file in (folder / "programs").glob("*")} - {"__pycache__"} == programs


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


TRANSLATED = [one for one in TEXTS if one.values[1] != library.LANGUAGES[0]]


@pytest.mark.parametrize(("folder", "language"), TRANSLATED)
def test_what_the_checks_see_is_translated(folder: Path, language: str) -> None:
    """Each sentence that check.py can print has a template in the text, and each template says what check.py can print."""
    known = next(one for one in parse.read(folder, language).blocks() if isinstance(one, model.Exercise)).seen
    printed = sentences((folder / "exercise" / "check.py").read_text("utf-8"))
    templates = {template: [part for part in re.split(r"{\w+}", template) if part.strip()] for template in known}
    for template, parts in templates.items():
        assert all(any(part in one for one in printed) for part in parts), template
    for one in printed:
        if len(re.findall(r"(?<!\S)[a-z]{2,}(?!\S)", one)) >= 3:
            assert any(parts[-1] in one for parts in templates.values()), one


def sentences(program: str) -> list[str]:
    """What functions of a program can print: its texts, with {} for each value."""
    tree = ast.parse(program)
    apart: set[int] = set()  # docstrings, messages of errors, and what is part of a longer text
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error"):
            apart |= {id(one) for one in ast.walk(node)}
        elif isinstance(node, ast.JoinedStr):
            apart |= {id(one) for one in ast.walk(node) if one is not node}
    found = []
    for body in (one for one in tree.body if isinstance(one, (ast.FunctionDef, ast.If))):
        for node in ast.walk(body):
            if id(node) in apart:
                continue
            if isinstance(node, ast.JoinedStr):
                found.append("".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return [one for one in found if "\n" not in one]
