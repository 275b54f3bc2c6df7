"""``model``: a section's fingerprint changes with what a translation is written from, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.lessons import model
from tests.repro.lessons.made import ABOUT, TEXT, lesson, written


@pytest.mark.parametrize(
    ("old", "new"),
    [("A wrong one,", "Another one,"), ("- (belief) Wrong.", "- (other) Wrong."), ("::: run changed", "::: run hang")],
)
def test_a_changed_choice_or_run_changes_the_fingerprint(old: str, new: str) -> None:
    """Its words, its misconception, its program."""
    assert lesson().sections[0].fingerprint() != lesson(text=TEXT.replace(old, new)).sections[0].fingerprint()


def test_a_changed_goal_changes_the_fingerprint() -> None:
    """It is in ``lesson.toml``."""
    other = lesson(sections={"one": {"goal": "Can do."}})
    assert lesson().sections[0].fingerprint() != other.sections[0].fingerprint()


@pytest.mark.parametrize(
    ("old", "new"), [("Some prose.", "Other prose."), ("A wrong one,\n  over", "A wrong\n  one, over")]
)
def test_a_changed_sentence_or_line_does_not(old: str, new: str) -> None:
    """A translation is no translation of sentences."""
    assert old in TEXT
    assert lesson().sections[0].fingerprint() == lesson(text=TEXT.replace(old, new)).sections[0].fingerprint()


def test_a_run_knows_its_program(tmp_path: Path) -> None:
    """As it is, and with one token changed."""
    folder = written(tmp_path)
    made = lesson(folder)
    assert made.runs["hang"].source(folder) == "exit(1)\n"
    assert made.runs["changed"].source(folder) == "exit(0)\n"


def test_blocks_and_questions_in_their_order() -> None:
    """Over all sections."""
    made = lesson()
    assert [ask.name for ask in made.asks()] == ["first", "second", "a", "b", "c"]
    assert isinstance(list(made.blocks())[-1], model.Exercise)
    assert ABOUT["runs"].keys() == made.runs.keys()
