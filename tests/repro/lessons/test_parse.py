"""``parse``: every directive becomes what it is, and what is wrong in a text is said with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from repro.lessons import model
from repro.lessons.parse import LessonError, pieces, read, toml
from repro.lessons.parse import lesson as parse_lesson
from tests.repro.lessons.made import ABOUT, EXERCISE, TEXT, lesson

TASK = model.Exercise(
    "Make it.",
    ("Like this.",),
    "mine.py",
    (("small", "A small one"),),
    findings=(model.Finding("hangs", "It waits.", 1),),
)


def test_each_directive_becomes_a_block() -> None:
    """In their order, with all that they say."""
    made = lesson()
    hang, changed, killed = made.runs["hang"], made.runs["changed"], made.cells["killed"]
    one, two = made.sections
    assert (one.key, one.title, one.goal, one.of, two.of) == ("one", "One", "Knows.", "", "12345678")
    assert one.blocks == (
        model.Text("Some prose.\n\n```\n::: in a fence\n```"),
        model.Program(hang),
        model.Ask(
            "first",
            "prediction",
            "What now?",
            hang,
            (
                model.Choice("A wrong one,\nover two lines.", "belief", "No, not so."),
                model.Choice("The right one.", None),
            ),
            "Since it is so.",
        ),
        model.RunIt(hang),
        model.Ask(
            "second",
            "prediction",
            "And now?",
            changed,
            (model.Choice("Wrong.", "belief"), model.Choice("Right.", None)),
        ),
        model.RunIt(changed),
        model.Show("waits", hang, "who waits"),
        model.Show("timeline", killed),
        model.Reveal("Look", "Well.", surprise=True),
        model.Reveal("Why?", "Because."),
        model.Note("Wait."),
        model.Slide("Short", "- so"),
        model.Quote("multiprocessing/pool.py", ("    def f():", "        pass"), "3.9"),
        model.Stepper("moments", "When?", (model.Moment(killed, "while it runs"),)),
        *(
            model.Ask(n, kind, "A?", answer="B.")
            for n, kind in zip("abc", ("predict", "which-cause", "counterexample"), strict=True)
        ),
    )
    assert two.blocks == (TASK,)
    assert (made.number, made.title, made.what_for, made.read, made.do) == (1, "A title", "Who wants it.", 3, 6)
    assert changed.ends == ("hang", "exit 0") and changed.change == ("exit(1)", "exit(0)")


def test_pieces_know_their_lines() -> None:
    """So that an error names the right one."""
    found = [(piece.line, piece.name, piece.lines) for piece in pieces("a\nb\n::: run x\nc\n::: note\nd\n:::\n")]
    assert found == [
        (1, "", ("a", "b")),
        (3, "run", ()),
        (4, "", ("c",)),
        (5, "note", ("d",)),
        (8, "", ()),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("::: run hang", "::: runs hang", "en.md:{line}: no directive 'runs'"),
        ("::: run hang", "::: run hung", "en.md:{line}: no run 'hung' in lesson.toml; there are: hang, changed"),
        ("::: run hang", "::: run", "en.md:{line}: '::: run' takes one name, and has: none"),
        ("::: run hang", ":::", "en.md:{line}: ':::' closes nothing"),
        ("::: run hang", "::: hint\n:::", "en.md:{line}: a hint has its place"),
        (
            "::: show waits hang",
            "::: show timeline hang",
            "en.md:{line}: 'hang' has no picture 'timeline'; there are: output",
        ),
        ("::: show timeline", "::: show counts", "en.md:{line}: 'killed' has no picture 'counts'"),
        (
            "::: stepper moments\nWhen?\n- (killed)",
            "::: stepper moments\n- (running)",
            "en.md:{line}: no cell 'running'",
        ),
        ("kind=predict", "kind=guess", "en.md:{line}: no kind 'guess'"),
        (
            "::: ask first of=hang\nWhat now?\n\n- (belief)",
            "::: ask first of=hang\nWhat now?\n\n- (x)",
            "en.md:{line}: of the choices, one is right",
        ),
        (":::\n::: note", "::: note", "en.md:{line}: '::: note' inside of 'reveal'"),
        ("## One {#one}", "## One", "en.md:{line}: a heading is"),
        ("## One {#one}", "Well.", "en.md:{line}: text before the first heading"),
        ("## One {#one}\n\nSome prose.", "::: run hang", "en.md:{line}: a directive before the first heading"),
        ("title: A title", "name: A title", "en.md:1: the head says no title"),
        ("---\ntitle", "title", "en.md:1: it begins with a head"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, says: str) -> None:
    """The file, the line, what it is, and what there is instead."""
    assert old in TEXT
    with pytest.raises(LessonError) as raised:
        lesson(text=TEXT.replace(old, new, 1))
    assert says.format(line=TEXT[: TEXT.index(old)].count("\n") + 1) in str(raised.value)


def test_a_task_has_the_checks_of_its_lesson() -> None:
    """Neither more nor fewer, and nothing that belongs into the lesson."""
    with pytest.raises(LessonError, match=r"its checks are small, and those of lesson.toml small, large"):
        lesson(exercise={"checks": ["small", "large"]})
    with pytest.raises(LessonError, match="an exercise has no 'note', only hint, check, finding"):
        parse_lesson(Path("01_made"), "en", ABOUT, TEXT, "::: note\nso\n:::\n")


def test_what_is_not_closed_is_said() -> None:
    """With the line where it was opened."""
    with pytest.raises(LessonError, match=r":1: 'note' is not closed"):
        list(pieces("::: note\nwell"))


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ({"hang": {"program": "hang.py", "timeout": 3}}, "hang: no timeout; there are: args, change"),
        ({"hang": {"ends": "hang"}}, "hang: .*program"),
    ],
)
def test_a_run_has_what_runs_have(runs: dict[str, dict[str, object]], says: str) -> None:
    """A name that means nothing is no option that is silently left out."""
    with pytest.raises(LessonError, match=says):
        lesson(runs=runs)


def test_a_lesson_is_read_from_its_folder(tmp_path: Path) -> None:
    """The text, the task, and what is the same in every language; TOML that is none is said."""
    folder = tmp_path / "07_made"
    (folder / "exercise").mkdir(parents=True)
    (folder / "exercise" / "ja.md").write_text(EXERCISE)
    (folder / "ja.md").write_text("---\ntitle: T\nfor: F\n---\n## A {#a of=1}\n::: exercise\n")
    (folder / "lesson.toml").write_text(
        "complete = true\n[exercise]\nfile = 'mine.py'\ndeadline = 2\nchecks = ['small']\n"
    )
    made = read(folder, "ja")
    assert (made.number, made.language, made.complete) == (7, "ja", True)
    assert made.sections[0].blocks == (replace(TASK, file="mine.py", deadline=2.0),)
    (folder / "lesson.toml").write_text("complete =\n")
    with pytest.raises(LessonError, match=r"lesson\.toml"):
        toml(folder / "lesson.toml")


def test_what_a_check_saw_is_said_in_other_words() -> None:
    """Pairs of lines with the same values; what has no pair is said."""
    text = "::: seen\n{a} was to come\n> {a} のはず\n\nlost\n> なし\n:::\n"
    blocks = parse_lesson(Path("01_made"), "ja", {**ABOUT, "exercise": {}}, TEXT, text).blocks()
    task = next(block for block in blocks if isinstance(block, model.Exercise))
    assert task.seen == {"{a} was to come": "{a} のはず", "lost": "なし"}
    for wrong, says in (
        ("lost\n", "below 'lost' a line"),
        ("> なし\n> なし\n", "below '> なし'"),
        ("{a}\n> {b}\n", "the values"),
    ):
        with pytest.raises(LessonError, match=says):
            parse_lesson(Path("01_made"), "ja", {**ABOUT, "exercise": {}}, TEXT, f"::: seen\n{wrong}:::\n")
