"""Learn what a pool does when a worker dies: lessons that run the real thing, ask first, and explain.

repro lesson                 what there is: title, minutes to read and for the task, what for
repro lesson 1               walk through one, in the terminal; it goes on where you stopped
repro lesson 1 --replay      the same with the recorded runs: nothing is started
repro lesson 1 --format html --output hang.html     another form of it
repro lesson 1 --start DIR   begin the task; --check DIR says what holds, and why the rest does not; --hint, --solution
repro lesson drill           predict what the program of some cell comes to, see the evidence; remembers what you still believe
repro lesson doctor          what works on this machine, in five seconds
repro lesson clean           end and remove what was left by a lesson that was killed
repro lesson all --output DIR    every lesson in every form and language, as files
repro lesson make [N ...]    (for authors) run all programs, keep what came out beside the lesson

Without a terminal it prints the text, with the recorded runs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import AS_EXPECTED, DIFFERS, UsageError

if TYPE_CHECKING:
    from repro.lessons.model import Lesson
    from repro.lessons.runner import Python

#: What can stand in place of a number.
WORDS = ("drill", "doctor", "clean", "all", "make")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from repro.lessons import forms
    from repro.lessons.library import LANGUAGES

    parser.add_argument("what", metavar="N", nargs="*", default=[], help=f"its number; or {', '.join(WORDS)}")
    parser.add_argument("--language", metavar="NAME", help=f"{', '.join(LANGUAGES)}; default: that of the locale")
    walk = parser.add_argument_group("the walk")
    walk.add_argument("--replay", action="store_true", help="show recorded runs, start nothing")
    walk.add_argument("--from-start", action="store_true", help="not where you stopped")
    walk.add_argument(
        "--python", metavar="WHICH", help="which runs the programs: a version, or a path; default: this one"
    )
    other = parser.add_argument_group("another form")
    other.add_argument("--format", choices=forms.names(), metavar="NAME", help=", ".join(forms.names()))
    other.add_argument(
        "--output", metavar="FILE", type=Path, help="where to; default: standard output; of all: a folder"
    )
    other.add_argument("--answers", action="store_true", help="the answer key in place of the handout (markdown, html)")
    task = parser.add_argument_group("the task")
    one = task.add_mutually_exclusive_group()
    one.add_argument("--start", metavar="DIR", type=Path, help="write into this folder what there is to begin with")
    one.add_argument(
        "--check",
        metavar="DIR",
        type=Path,
        help="say what holds of what lies there, and why the rest does not",
    )
    one.add_argument(
        "--hint", metavar="K", type=int, nargs="?", const=1, help="a hint: the first, or the one of this number"
    )
    one.add_argument("--solution", action="store_true", help="print a solution")
    task.add_argument("--step", metavar="K", type=int, default=1, help="with --start: where the class is by now")


def run(arguments: argparse.Namespace) -> int:
    from repro.lessons import library

    language = library.check_language(arguments.language or library.language_of())
    if not arguments.what:
        return _list(language)
    word, *rest = arguments.what
    if word == "make":
        return _make([library.number_of(one) for one in rest])
    if rest:
        raise UsageError(f"{' '.join(arguments.what)}: one lesson at a time")
    if word == "all":
        from repro.cli import lesson_forms

        return lesson_forms.run_all(arguments)
    if word == "doctor":
        return _doctor(language)
    if word == "clean":
        return _clean()
    if word == "drill":
        from repro.cli import lesson_drill

        return lesson_drill.run(language)
    lesson = library.lesson(library.number_of(word), language)
    if arguments.start or arguments.check or arguments.hint is not None or arguments.solution:
        from repro.cli import lesson_task

        return lesson_task.run(lesson, arguments, _python(arguments.python))
    if arguments.format or arguments.output or arguments.answers or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from repro.cli import lesson_forms

        return lesson_forms.run(lesson, arguments)
    return _walk(lesson, language, arguments)


def _list(language: str) -> int:
    """The lessons, and where the reader stopped."""
    from repro.cli.output import prose_width, wants_colour
    from repro.lessons import library
    from repro.lessons.columns import Span, wrapped
    from repro.lessons.phrases import say
    from repro.lessons.terminal import bookmark, prose, steps

    kept = bookmark.read()
    width = prose_width()
    for number in library.folders():
        lesson = library.lesson(number, language)
        minutes = say(language, "minutes", read=lesson.read, do=lesson.do)
        head = [Span(f"{number:2}  "), Span(lesson.title, "heading"), Span(f"  {minutes}", "dim")]
        if stopped := kept.step(number):
            head.append(Span(f"  {say(language, 'stopped', step=stopped + 1, count=len(steps.steps(lesson)))}", "good"))
        for line in [head, *wrapped([Span(lesson.what_for)], width, "    ", "    ")]:
            print(prose.paint(line, wants_colour()))
    print()
    for key in ("how to begin", "paths"):
        for line in wrapped([Span(say(language, key))], width):
            print(prose.paint(line, False))
    return AS_EXPECTED


def _walk(lesson: Lesson, language: str, arguments: argparse.Namespace) -> int:
    import shutil

    from repro.cli.output import columns, wants_colour
    from repro.lessons import library
    from repro.lessons.phrases import say
    from repro.lessons.terminal import bookmark, live, walk
    from repro.lessons.terminal.blocks import Page
    from repro.lessons.terminal.console import terminal
    from repro.observer.launch import Stage

    python = _python(arguments.python)
    kept = bookmark.read()
    start = 0 if arguments.from_start else kept.step(lesson.number)
    if lesson.language != language:
        print(say(language, "languages"))
    if start:
        print(say(lesson.language, "resumed", number=lesson.number))
    letters = (sys.stdout.encoding or "ascii").lower().startswith("utf")
    page = Page(min(columns(), 100), wants_colour(), not letters)
    with terminal(page, shutil.get_terminal_size().lines) as console, Stage() as stage:
        runner = (
            None
            if arguments.replay
            else lambda one: live.run(console, stage, one, lesson.folder, python, lesson.language)
        )
        walk.Walk(lesson, console, library.Records(lesson), library.misconceptions(), kept, runner).go(start)
    return AS_EXPECTED


def _python(asked: str | None) -> Python:
    """Which Python runs the programs. Raises UsageError for one that is not there."""
    from repro.lessons.runner import Python
    from repro.plan import interpreters

    one = interpreters.select([asked] if asked else [])[-1]
    if one.problem is not None:
        raise UsageError(f"{one.path} can't run the programs: {one.problem}")
    return Python(one.path, one.version)


def _doctor(language: str) -> int:
    """What works here."""
    from repro.cli.output import prose_width, wants_colour
    from repro.lessons import doctor
    from repro.lessons.columns import Span, wrapped
    from repro.lessons.phrases import say
    from repro.lessons.terminal import prose

    found = doctor.examine()
    for check in found:
        style = "good" if check.ok else "bad" if check.needed else "dim"
        mark = Span(f"{say(language, 'ok' if check.ok else 'not ok')}  ", style)
        for line in wrapped([mark, Span(check.says(language))], prose_width(), "", "    "):
            print(prose.paint(line, wants_colour()))
    return DIFFERS if any(check.needed and not check.ok for check in found) else AS_EXPECTED


def _clean() -> int:
    from repro.lessons import runner

    runner.clean()
    return AS_EXPECTED


def _make(numbers: list[int]) -> int:
    """Run all programs and cells of lessons, and keep what came out. Says where that is not what the text says."""
    from repro.cli.ending import say
    from repro.lessons import library, recording, runner
    from repro.observer.launch import Stage

    differs = False
    for number in numbers or list(library.folders()):
        lesson = library.lesson(number)
        with Stage() as stage:
            for one in lesson.runs.values():
                found = runner.record(
                    stage, one, lesson.folder, _python(None if one.python == "default" else one.python)
                )
                recording.save(lesson.folder, found)
                for remark in recording.differences(one, found):
                    differs = True
                    say(f"lesson {number}, {one.name}: {remark}")
        _make_cells(lesson)
    return DIFFERS if differs else AS_EXPECTED


def _make_cells(lesson: Lesson) -> None:
    """Run the cells that a lesson shows, and keep their records."""
    from repro.lessons.pictures import cells
    from repro.observer.run import cell_record, header, in_order
    from repro.observer.scheduler import Scheduler
    from repro.plan import interpreters, matrix

    for one in lesson.cells.values():
        pythons = interpreters.select([] if one.python == "default" else [one.python])[-1:]
        scenarios, pools = matrix.pick_scenarios([one.scenario]), matrix.pick_pools([one.pool])
        operation, start_method = ([name] if name else [] for name in (one.operation, one.start_method))
        there = matrix.expand(scenarios, pools, operation, start_method, pythons, 1)[:1]
        if not there:
            raise UsageError(f"lesson {lesson.number}, cell {one.name}: there is no such cell")
        (ran,) = in_order(there, CELL_TIMEOUT)
        about = header(Scheduler(there, CELL_TIMEOUT, 1), pythons, 1)
        machine = about["machine"]
        words = f"{machine['system']}, {machine['architecture']}, {machine['cores']} cores"
        cells.save(lesson.folder, one.name, cells.RecordedCell(cell_record(ran, None), words, about["started"][:10]))


#: The watchdog's for the cells that lessons show, in seconds.
CELL_TIMEOUT = 4.0
