"""Moves between states: what is not in the table raises."""

from __future__ import annotations

import sys
import threading

import pytest

from safepool.core.states import ASSIGNED, QUEUED, SCHEDULER, IllegalTransition, Task
from tests.safepool.core.cores import started


def test_moves_that_are_not_in_the_table_raise_and_name_the_state() -> None:
    """A worker cannot be ready twice; the message says what it was."""
    pool, (worker,) = started()
    with pytest.raises(IllegalTransition, match="idle"):
        pool.ready(worker)


def test_one_of_two_has_a_task() -> None:
    """Its owner, or the scheduler for a worker: whoever is first, from any thread, and the other one is told so."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(500):
            task = Task("owner", 0, 1, "payload")
            answers: list[tuple[str, bool]] = []

            def take_back(task: Task = task, answers: list[tuple[str, bool]] = answers) -> None:
                answers.append(("owner", task.take_back()))

            def give(task: Task = task, answers: list[tuple[str, bool]] = answers) -> None:
                answers.append(("worker", task.claim.setdefault(0, SCHEDULER) is SCHEDULER))

            threads = [threading.Thread(target=call) for call in (take_back, give, take_back)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len({who for who, has in answers if has}) == 1
            assert task.taken_back == (("owner", True) in answers)
    finally:
        sys.setswitchinterval(before)


def test_a_task_that_is_queued_again_can_be_taken_back() -> None:
    """Its worker died before it began; one whose payload is made anew stays taken back."""
    task = Task("owner", 0, 1, "payload")
    task.move(QUEUED)
    task.claim.setdefault(0, SCHEDULER)
    task.state = ASSIGNED
    assert not task.take_back()
    task.move(QUEUED)
    assert task.take_back()
    part = Task("owner", 0, 1, None)
    assert part.take_back()
    part.move(QUEUED)
    assert part.taken_back
