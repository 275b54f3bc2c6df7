"""Moves between states: what is not in the table raises."""

from __future__ import annotations

import sys
import threading

import pytest

from safepool.core import states
from safepool.core.states import ASSIGNED, QUEUED, SCHEDULER, IllegalTransition, Task
from safepool.protocol.words import CHUNK, LOOSE
from tests.safepool.core.cores import started
from tests.safepool.engine.interruptions import interruptions


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


def loose() -> Task:
    task = Task("owner", 0, 1, (CHUNK, b"", 0, LOOSE, [0]))
    task.open()
    return task


def test_an_item_that_joined_is_counted_and_no_other() -> None:
    """From any thread, while another one shuts the task: who was told that he travels with it does, whoever was not does not."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(300):
            task = loose()
            joined = [0]

            def join(task: Task = task, joined: list[int] = joined) -> None:
                while task.join(len(joined)):
                    joined.append(len(joined))

            thread = threading.Thread(target=join)
            thread.start()
            while len(joined) < 3:
                pass
            task.shut()
            count, items = task.count, list(task.payload[4])
            thread.join()
            assert count == len(joined)
            assert items == task.payload[4] == joined
    finally:
        sys.setswitchinterval(before)


def test_a_door_is_shut_whoever_is_torn_away_meanwhile() -> None:
    """The next one who says so finds the true count."""
    for at in interruptions((states,)):
        task = loose()
        assert task.join(1)
        at.call(task.shut)
        task.shut()
        assert not task.join(2), at.where
        assert task.count == 2, at.where


def test_nobody_joins_a_task_that_is_not_loose() -> None:
    """Its payload is another one."""
    assert not Task("owner", 0, 1, "payload").join(1)


def test_nobody_joins_where_that_would_not_be_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GIL each item is a task of its own: slower, and none is lost between two threads."""
    monkeypatch.setattr(states, "GIL", False)
    task = Task("owner", 0, 1, (CHUNK, b"", 0, LOOSE, [0]))
    task.open()
    assert not task.join(1)
    task.shut()
    assert (task.loose, task.count, task.payload[4]) == (True, 1, [0])
