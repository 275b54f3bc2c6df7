"""``drill``: an answer shows a belief, and a belief that is held brings its questions back."""

from __future__ import annotations

import random

import pytest

from repro.lessons import drill, library
from repro.lessons.drill import EXECUTOR, POOL, Question


@pytest.mark.parametrize(
    ("scenario", "pool", "verdict", "chosen", "shows"),
    [
        ("sys-exit-0", POOL, "hang", "completed", "exit-0-is-harmless"),
        ("sigkill", POOL, "hang", "raised", "the-caller-is-told"),
        ("sigkill", POOL, "hang", "lost", "the-results-are-lost"),
        ("sigkill", POOL, "hang", "livelock", "waiting-looks-busy"),
        ("raises", POOL, "raised", "hang", "any-error-hangs"),
        ("sys-exit", EXECUTOR, "parent-exit", "raised", "the-executor-calls-every-end-a-death"),
        ("sigkill", EXECUTOR, "raised", "completed", "only-the-guilty-task-fails"),
        ("grandchild", EXECUTOR, "hang", "raised", "a-process-is-its-pipe"),
        ("sigkill", POOL, "hang", "hang", None),
        ("sigkill", "safepool", "raised", "lost", None),
    ],
)
def test_an_answer_shows_a_belief(scenario: str, pool: str, verdict: str, chosen: str, shows: str | None) -> None:
    """One that there is a name for."""
    question = Question(0, scenario, pool, verdict)
    assert drill.belief(question, chosen) == shows
    assert shows is None or (shows in library.misconceptions() and shows in drill.tests(question))


def test_what_is_still_believed_is_asked_oftener() -> None:
    """The others come as well."""
    zero, killed = Question(0, "sys-exit-0", POOL, "hang"), Question(1, "sigkill", "safepool", "raised")
    chance = random.Random(1)
    asked = [drill.pick([zero, killed], ["exit-0-is-harmless"], chance) for _ in range(200)]
    assert 200 > asked.count(zero) > 120
