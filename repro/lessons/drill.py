"""The drill: the program of some recorded cell, a prediction, the evidence.

Which question comes, and what an answer shows, as pure functions; ``repro.cli.lesson_drill`` has the records, and asks.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

#: What can be answered: verdicts of the suite, in this order.
CHOICES = ("completed", "raised", "hang", "lost", "parent-exit", "livelock")

#: The pools of which beliefs speak.
POOL, EXECUTOR = "multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor"
#: The scenarios in which something else keeps the pipe of a dead worker open.
KEEPS_THE_PIPE = ("grandchild",)
#: How much more often a question comes that tests a belief which is still held.
OFTEN = 4


@dataclass(frozen=True)
class Question:
    """A cell to be predicted. number: its place among the records."""

    number: int
    scenario: str
    pool: str
    verdict: str

    @property
    def name(self) -> str:
        """By which an answer to it is remembered."""
        return f"{self.scenario} {self.pool}"


def belief(question: Question, chosen: str) -> str | None:
    """The misconception that a wrong answer shows, by name; None where none is known for it."""
    actual = question.verdict
    if chosen == actual:
        return None
    if chosen == "completed" and question.scenario.endswith("exit-0"):
        return "exit-0-is-harmless"
    if question.pool == EXECUTOR and actual == "parent-exit" and chosen == "raised":
        return "the-executor-calls-every-end-a-death"
    if question.pool == EXECUTOR and actual == "hang" and question.scenario.startswith(KEEPS_THE_PIPE):
        return "a-process-is-its-pipe"
    if question.pool == EXECUTOR and actual == "raised" and chosen == "completed":
        return "only-the-guilty-task-fails"
    if actual == "hang":
        shown = {"raised": "the-caller-is-told", "lost": "the-results-are-lost", "livelock": "waiting-looks-busy"}
        return shown.get(chosen)
    return "any-error-hangs" if question.pool == POOL and chosen == "hang" else None


def tests(question: Question) -> set[str]:
    """The misconceptions that a wrong answer to it could show."""
    return {name for chosen in CHOICES if (name := belief(question, chosen)) is not None}


def pick(questions: Sequence[Question], held: Collection[str], chance: random.Random) -> Question:
    """One of them; those oftener that test a belief which is still held."""
    weights = [OFTEN if tests(one) & set(held) else 1 for one in questions]
    return chance.choices(questions, weights)[0]
