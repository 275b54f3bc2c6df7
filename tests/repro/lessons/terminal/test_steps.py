"""``steps``: a walk stops where the reader has to do something, and shows everything that is for readers."""

from __future__ import annotations

from repro.lessons import model
from repro.lessons.terminal.steps import STOPS, UNSEEN, steps
from tests.repro.lessons.made import lesson


def test_everything_for_readers_is_in_one_step_each() -> None:
    """In its order; notes and slides are not."""
    made = lesson()
    shown = [block for step in steps(made) for block in (*step.read, *([step.stop] if step.stop else []))]
    assert shown == [block for block in made.blocks() if not isinstance(block, UNSEEN)]
    assert not [block for step in steps(made) for block in step.read if isinstance(block, STOPS)]


def test_a_section_begins_once() -> None:
    """And its last step may have nothing to do."""
    made = steps(lesson(text="---\ntitle: T\nfor: F\n---\n## A {#a}\nx\n::: run hang\ny\n## B {#b}\nz\n"))
    assert [(step.number, step.first, len(step.read), isinstance(step.stop, model.RunIt)) for step in made] == [
        (1, True, 1, True),
        (1, False, 1, False),
        (2, True, 1, False),
    ]
