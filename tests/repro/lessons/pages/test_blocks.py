"""``blocks``: each block as markup; what somebody else wrote is text in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from repro.lessons import model
from repro.lessons.pages import blocks
from tests.repro.lessons.pages import made
from tests.repro.report.page.made import HOSTILE


def test_a_changed_program_is_marked(tmp_path: Path) -> None:
    """The token, where it stands, and what stood there. No program ends with an empty line."""
    lesson = made.lesson(tmp_path)
    markup, _ = made.markup(lesson)
    assert "<mark>exit(0)</mark>" in markup.program(lesson.runs["changed"])
    assert "<code>exit(0)</code> in place of <code>exit(1)</code>" in markup.program(lesson.runs["changed"])
    assert "<mark>" not in markup.program(lesson.runs["hang"])
    assert [run for run in lesson.runs.values() if markup.code(run)[-1].isspace()] == []


def test_a_run_is_folded_and_hostile_output_is_text(tmp_path: Path) -> None:
    """Whoever reads on predicts first."""
    lesson = made.lesson(tmp_path)
    shown = made.markup(lesson)[0].run(lesson.runs["hang"])
    assert shown.startswith('<details class="run">') and "HANGS" in shown
    assert "<script" not in shown and "<img" not in shown and "&lt;script&gt;" in shown and "\x1b" not in shown


def test_a_choice_answers(tmp_path: Path) -> None:
    """Right or not, what is true, and which belief is behind it; one of a question is open at a time."""
    lesson = made.lesson(tmp_path)
    markup, _ = made.markup(lesson)
    ask = replace(
        lesson.asks()[0],
        choices=(model.Choice("a `b`", "exit-0-is-harmless"), model.Choice(f"c {HOSTILE}", None, "Since so.")),
    )
    shown = markup.ask(ask)
    assert shown.count('name="ask-first"') == 2 and shown.count('class="choice right"') == 1
    assert "The status plays no part." in shown and "0 means success" in shown and "Since so." in shown
    assert "<script" not in shown and "<img" not in shown


def test_nothing_is_shown_that_is_the_speakers(tmp_path: Path) -> None:
    """Notes, and what slides show in place of the prose."""
    markup, _ = made.markup(made.lesson(tmp_path))
    assert markup.block(model.Note("secret")) == markup.block(model.Slide("", "short")) == ""


def test_the_key_has_every_answer(tmp_path: Path) -> None:
    """Of each question, with the names of the beliefs; and the hints."""
    lesson = made.lesson(tmp_path)
    shown = "".join(
        blocks.answers(replace(lesson, sections=lesson.sections))
        if "belief" not in {choice.misconception for ask in lesson.asks() for choice in ask.choices}
        else blocks.key(model.Ask("x", "predict", "Q?", None, (model.Choice("a", "minus-9-means-oom"),), "So."), "en")
    )
    assert "<code>minus-9-means-oom</code>" in shown and "So." in shown
    assert "Like this." in blocks.key(model.Exercise("Make it.", ("Like this.",)), "en")
    assert blocks.key(model.Text("x"), "en") == ""
