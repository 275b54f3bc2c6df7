"""A caller that waits for a short task reads the answer itself; whatever comes between, somebody does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from safepool.core.states import Task
from safepool.engine.leading import Leading
from safepool.protocol import words
from tests.safepool.engine.scenes import Far, Scene


def busy(scene: Scene) -> tuple[Leading, Task, Any, Far]:
    """A worker has a task, of a kind that is known to be short."""
    scene.begin()
    scene.ready()
    scene.core.cost = 1000.0
    task = scene.add()
    worker = task.worker
    assert worker is not None
    return Leading(scene.parts, scene.turns, scene.answers), task, worker, scene.far[worker.id]


def test_who_leads_has_the_answer_when_he_comes_back(scene: Scene) -> None:
    """Nobody else has looked; afterwards the engine's thread looks after the worker again."""
    leading, task, worker, far = busy(scene)
    far.says(words.RESULTS, (0, 5, ["done"]))
    leading.lead(task)
    assert task.owner.told == [(0, "done")]
    assert worker.io.lead.leader is None
    again = scene.add()
    assert again.worker is not None
    scene.far[again.worker.id].says(words.RESULTS, (again.seq, 5, ["again"]))
    scene.look()
    assert again.owner.told == [(0, "again")]


def test_an_answer_that_does_not_come_soon_is_left_to_the_engine(scene: Scene) -> None:
    """The caller goes on to wait in the usual way."""
    leading, task, worker, far = busy(scene)
    leading.lead(task)
    assert task.owner.told == []
    assert worker.io.lead.leader is None
    far.says(words.RESULTS, (0, 5, ["late"]))
    scene.look()
    assert task.owner.told == [(0, "late")]


def test_who_finds_the_engine_taken_does_not_lead(scene: Scene) -> None:
    """He takes back, in the same breath, what that thread is about to give him."""
    leading, task, worker, far = busy(scene)
    far.says(words.RESULTS, (0, 5, ["done"]))
    taken, let_go = threading.Event(), threading.Event()
    other = threading.Thread(target=scene.turns.mine, args=(lambda: (taken.set(), let_go.wait(30)),))
    other.start()
    assert taken.wait(30)
    leading.lead(task)
    let_go.set()
    other.join(30)
    assert task.owner.told == []
    scene.look()
    scene.look()
    assert task.owner.told == [(0, "done")]
    assert worker.io.lead.leader is None


def test_who_is_about_to_be_interrupted_does_not_lead(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though he was expected to: the engine's thread reads the answer, and did not wait for him."""
    leading, first, worker, far = busy(scene)
    far.says(words.RESULTS, (0, 5, ["first"]))
    scene.look()
    task = scene.add()
    scene.parts.fast.expect(worker, task)
    monkeypatch.setattr("safepool.engine.leading.is_threatened", lambda: True)
    leading.lead(task)
    assert scene.parts.fast.expected is None
    far.says(words.RESULTS, (task.seq, 5, ["second"]))
    scene.look()
    assert (first.owner.told, task.owner.told) == ([(0, "first")], [(0, "second")])


def test_who_waits_in_another_way_gives_the_place_back(scene: Scene) -> None:
    """A caller was expected by habit."""
    leading, task, worker, _ = busy(scene)
    scene.parts.fast.expect(worker, task)
    leading.unlead(task)
    assert scene.parts.fast.expected is None
    assert worker.io.lead.leader is None
