"""``blocks``: what a block says is in its lines, with or without colour."""

from __future__ import annotations

from pathlib import Path

from repro.lessons import model, recording
from repro.lessons.library import Records
from repro.lessons.terminal import blocks
from repro.lessons.terminal.blocks import Page
from repro.lessons.terminal.prose import Lines, paint
from tests.repro.lessons import made
from tests.repro.lessons.recorded import HANG

PAGE = Page(80)


def plain(lines: Lines) -> list[str]:
    return [paint(line, colour=False) for line in lines]


def test_a_changed_program_shows_what_was_changed(tmp_path: Path) -> None:
    """The line is marked, and what stood there is told."""
    lesson = made.lesson(made.written(tmp_path))
    assert plain(blocks.program(lesson.runs["hang"], lesson, PAGE)) == ["    hang.py", "", "    exit(1)"]
    changed = plain(blocks.program(lesson.runs["changed"], lesson, PAGE))
    assert changed == ["    hang.py", "", "  > exit(0)", "    # was: exit(1)"]


def test_lines_keep_what_they_are_indented_by(tmp_path: Path) -> None:
    """Those of a traceback, and code; what does not fit stands below it."""
    assert plain(blocks.output(recording.Line(0.5, "  File 'x.py', line 3"), PAGE)) == [
        "  0.5 s    File 'x.py', line 3"
    ]
    assert plain(blocks.output(recording.Line(0.5, "    one two"), Page(16))) == [
        "  0.5 s      one",
        "             two",
    ]
    lesson = made.lesson(made.written(tmp_path))
    (lesson.folder / "programs" / "hang.py").write_text("if x:\n    exit(1)  # since it is so\n")
    assert plain(blocks.program(lesson.runs["changed"], lesson, Page(28)))[2:] == [
        "    if x:",
        "  >     exit(0)  # since it",
        "            is so",
        "        # was: exit(1)",
    ]


def test_a_task_says_how_to_begin(tmp_path: Path) -> None:
    """In the terminal, too."""
    shown = plain(blocks.exercise(model.Exercise("Do it."), made.lesson(), PAGE))
    assert shown[:2] == ["Do it.", ""] and "--start DIR" in shown[2]


def test_a_question_has_letters_and_replies() -> None:
    """A wrong choice without a reply of its own gets the misconception's truth."""
    lesson = made.lesson()
    first, second, *_ = lesson.asks()
    assert plain(blocks.question(first, PAGE)) == [
        "What now?",
        "",
        "  a  A wrong one, over two lines.",
        "  b  The right one.",
    ]
    known = model.Misconception("belief", {"en": "So."}, {"en": "Not so at all."})
    assert plain(blocks.reply(first.choices[0], lesson, known, PAGE)) == ["No. No, not so."]
    assert plain(blocks.reply(second.choices[0], lesson, known, PAGE)) == ["No. Not so at all."]
    assert plain(blocks.reply(second.choices[1], lesson, None, PAGE)) == ["Right."]


def test_a_run_is_shown_from_its_record(tmp_path: Path) -> None:
    """What was printed, how it ended, and when that was; where there is no record, that is said."""
    lesson = made.lesson(made.written(tmp_path))
    run = lesson.runs["hang"]
    assert plain(blocks.recorded_run(run, lesson, Records(lesson), PAGE))[-1] == "(not recorded yet)"
    recording.save(lesson.folder, HANG)
    shown = plain(blocks.recorded_run(run, lesson, Records(lesson), PAGE))
    assert shown == [
        "$ python hang.py",
        "  0.5 s  input 1",
        "  0.5 s  input 3",
        "HANGS: nobody worked any more when the watchdog ended it after 4.0 s",
        "recorded on 2026-11-28, Python 3.11.7, Linux, x86_64, 2 cores",
    ]
    picture = plain(blocks.picture(model.Show("waits", run, "A *caption*"), lesson, Records(lesson), PAGE))
    assert picture[0].startswith("parent") and picture[-1] == "A caption"


def test_what_is_only_read_is_shown_and_the_rest_is_not(tmp_path: Path) -> None:
    """Notes are for the speaker; a quote says from where it is."""
    lesson = made.lesson(made.written(tmp_path))
    quote = next(block for block in lesson.blocks() if isinstance(block, model.Quote))
    shown = plain(blocks.plain(quote, lesson, Records(lesson), PAGE))
    assert shown == ["    CPython, Lib/multiprocessing/pool.py", "        def f():", "            pass"]
    assert blocks.plain(model.Note("x"), lesson, Records(lesson), PAGE) == []
    assert plain(blocks.plain(model.Text("x"), lesson, Records(lesson), PAGE)) == ["x"]
