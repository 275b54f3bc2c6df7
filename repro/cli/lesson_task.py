"""The task of a lesson on the command line (``repro lesson N --check DIR``): begin it, check it, hints, and the solution last."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import AS_EXPECTED, DIFFERS, ReproError, UsageError

if TYPE_CHECKING:
    from repro.lessons.exercise import Judged
    from repro.lessons.model import Exercise, Lesson
    from repro.lessons.runner import Python


def run(lesson: Lesson, arguments: argparse.Namespace, python: Python) -> int:
    """What was asked for; python: it runs the checks."""
    from repro.lessons import exercise, model

    task = next((block for block in lesson.blocks() if isinstance(block, model.Exercise)), None)
    if task is None or not task.checks:
        raise UsageError(f"lesson {lesson.number} has no task that a run can judge")
    if arguments.start is not None:
        return _start(lesson, arguments.start, arguments.step)
    if arguments.check is not None:
        return _check(lesson, task, arguments.check, python)
    if arguments.hint is not None:
        return _hint(lesson, task, arguments.hint)
    sys.stdout.write(exercise.solution(lesson.folder, task))
    return AS_EXPECTED


def _start(lesson: Lesson, folder: Path, step: int) -> int:
    from repro.lessons import exercise
    from repro.lessons.phrases import say

    try:
        written = exercise.start(lesson.folder, folder, step)
    except OSError as error:
        raise ReproError(f"the task can't be written to {folder}: {error.strerror}") from error
    if not written:
        raise UsageError(f"{folder} has all files of the task already; they are left as they are: name a new folder")
    names = ", ".join(str(path) for path in written)
    print(say(lesson.language, "started", files=names, number=lesson.number, folder=folder))
    return AS_EXPECTED


def _check(lesson: Lesson, task: Exercise, folder: Path, python: Python) -> int:
    """A line for each check; of the first of each kind that does not hold, what is wrong and what helps."""
    from repro.lessons import exercise
    from repro.lessons.phrases import say
    from repro.observer.launch import Stage

    if not (folder / task.file).is_file():
        raise UsageError(
            f"{folder / task.file}: there is no such file; repro lesson {lesson.number} --start DIR writes one"
        )
    with Stage() as stage:
        found = exercise.judge(stage, task, lesson.folder, folder, python)
    told: set[str] = set()
    for (_, title), one in zip(task.checks, found, strict=True):
        _tell(lesson, task, title, one, one.key in told)
        told.add(one.key)
    holds = sum(one.holds for one in found)
    print("\n" + say(lesson.language, "check count", holds=holds, count=len(found)))
    return AS_EXPECTED if holds == len(found) else DIFFERS


def _tell(lesson: Lesson, task: Exercise, title: str, one: Judged, told: bool) -> None:
    """A check, and why it does not hold. told: whether what is said of that has been said."""
    from repro.cli.output import prose_width, wants_colour
    from repro.lessons import exercise
    from repro.lessons.columns import Span, wrapped
    from repro.lessons.phrases import say
    from repro.lessons.terminal import prose
    from repro.records.shown import text as clean

    width, colour = prose_width(), wants_colour()
    mark = Span(f"{say(lesson.language, 'ok' if one.holds else 'not ok')}  ", "good" if one.holds else "bad")
    lines = wrapped([mark, *prose.inline(title, not colour)], width, "", "    ")
    finding = exercise.said(task, one)
    if finding is not None and not told:
        lines += prose.lines(finding.markdown, width, not colour, "    ")
    if one.seen:
        lines += wrapped([Span(clean(exercise.told(task, one)), "dim")], width, "    ", "    ")
    if finding is not None and not told and 1 <= finding.hint <= len(task.hints):
        lines.append([Span("    "), Span(say(lesson.language, "first hint"), "strong")])
        lines += prose.lines(task.hints[finding.hint - 1], width, not colour, "      ")
    for line in lines:
        print(prose.paint(line, colour))


def _hint(lesson: Lesson, task: Exercise, number: int) -> int:
    """One of them, and how to come to the next. Raises UsageError where there is none of that number."""
    from repro.cli.output import prose_width, wants_colour
    from repro.lessons.phrases import say
    from repro.lessons.terminal import prose

    count = len(task.hints)
    if not 1 <= number <= count:
        raise UsageError(f"the task of lesson {lesson.number} has no hint {number}; there are: 1 to {count}")
    for line in prose.lines(task.hints[number - 1], prose_width(), not wants_colour()):
        print(prose.paint(line, wants_colour()))
    key = "last hint" if number == count else "more hints"
    print(f"\n{say(lesson.language, key, lesson=lesson.number, number=number, count=count, next=number + 1)}")
    return AS_EXPECTED
