"""``markdown``: the handout in Markdown, and its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from repro.lessons import library
from repro.lessons.forms import markdown
from repro.lessons.pages import prose
from tests.repro.lessons.pages import made


def test_the_handout_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each section, in order, answers folded; nothing for the speaker."""
    monkeypatch.setattr(markdown, "belief", lambda *_: ("A belief.", "The truth."))
    lesson = made.lesson(tmp_path)
    shown = markdown.render(lesson, library.Records(lesson))
    parts = (
        "# Lesson 1: A title",
        "## One",
        "What now?",
        "<details><summary>A. ",
        "A belief.",
        "HANGS",
        "Because.",
        "## Two",
    )
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert shown.count("<details>") == shown.count("</details>") and "\nWait." not in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(("words", "shown"), [("Your prediction", "**Your prediction.**"), ("Which?", "**Which?**")])
def test_a_label_has_one_stop(words: str, shown: str) -> None:
    assert markdown.label(words, "en") == shown


def test_nothing_ends_a_fence() -> None:
    """Whatever was printed."""
    made_ = markdown.fenced("a\n  ```\n````\n</details>")
    assert made_.startswith("`````\n") and prose.html(made_).count("<pre ") == 1


def test_the_key_has_every_answer() -> None:
    """With the names of the beliefs."""
    lesson = library.lesson(1)
    shown = markdown.answers(lesson)
    assert all(ask.markdown in shown for ask in lesson.asks())
    assert shown.count("✓") == sum(bool(ask.choices) for ask in lesson.asks()) and "(`the-caller-is-told`)" in shown


def test_there_are_no_italics_in_japanese(tmp_path: Path) -> None:
    """What is told by the way stands as it is, and what names a question in brackets of its own."""
    lesson = made.lesson(tmp_path, "ja")
    shown = markdown.render(lesson, library.Records(lesson))
    assert "\n読んで実行する3分、演習6分\n" in shown and "**【予想】** What now?" in shown
    english = replace(lesson, language="en")
    assert "*3 min to read and run, 6 for the task*" in markdown.render(english, library.Records(english))
