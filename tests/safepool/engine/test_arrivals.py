"""Results that need their worker are unpickled when they come, and it is not told to end before that."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from safepool.core import states
from safepool.core.states import Task
from safepool.engine.arrivals import Arrivals
from safepool.protocol import words
from tests.safepool.engine.scenes import Far, Scene

VALUE = pickle.dumps(["a connection"])


@pytest.fixture
def put_off(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], Any]]]:
    """What the thread for unpickling is asked to do; a scene with the part that asks."""
    asked: list[Callable[[], Any]] = []
    Arrivals(scene.parts, scene.turns)
    monkeypatch.setattr(scene.outcomes.unpickling, "call", asked.append)
    yield asked


def answered(scene: Scene, entry: Any) -> tuple[Task, Any, Far]:
    """A worker has answered its task so."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    far = scene.far[worker.id]
    far.gets()
    far.says(words.TIED_RESULTS, (0, 5, [entry]))
    scene.look()
    return task, worker, far


def test_its_owner_is_told_when_it_is_unpickled(scene: Scene, put_off: list[Callable[[], Any]]) -> None:
    """In the thread that is there for it; what the owner gets needs no worker."""
    task, _, _ = answered(scene, (words.TIED, VALUE))
    assert task.owner.told == []
    (errand,) = put_off
    errand()
    scene.look()
    assert task.owner.told == [(0, (words.MADE, ["a connection"]))]


def test_its_worker_is_stopped_afterwards(scene: Scene, put_off: list[Callable[[], Any]]) -> None:
    """The pool is closed, or the worker worn out: it hears of that when its result is there."""
    task, worker, far = answered(scene, (words.TIED, VALUE))
    scene.shutdown.close()
    scene.look()
    assert far.gets() == []
    assert not scene.core.drained
    put_off.pop()()
    scene.look()
    assert [kind for kind, _ in far.gets()] == [words.STOP]
    assert worker.state is states.STOPPING
    assert len(task.owner.told) == 1


def test_a_worn_out_worker_gets_nothing_more_meanwhile(scene: Scene, put_off: list[Callable[[], Any]]) -> None:
    """Another one is launched in its place at once."""
    scene.core.max_tasks = 1
    _, worker, far = answered(scene, (words.TIED, VALUE))
    assert worker.state is states.STOPPING
    assert far.gets() == []
    assert len(scene.core.workers) == 3
    put_off.pop()()
    scene.look()
    assert [kind for kind, _ in far.gets()] == [words.STOP]


def test_what_does_not_unpickle_is_told_to_who_asks(scene: Scene, put_off: list[Callable[[], Any]]) -> None:
    """With what was wrong; it is not tried again, since what was fetched once is there no more."""
    task, _, _ = answered(scene, (words.TIED, b"no pickle"))
    put_off.pop()()
    scene.look()
    ((index, (kind, value, error)),) = task.owner.told
    assert (index, kind, value) == (0, words.MADE, None)
    assert isinstance(error, pickle.UnpicklingError)


def test_a_terminated_pool_does_not_wait_for_it(scene: Scene, put_off: list[Callable[[], Any]]) -> None:
    """The worker has a moment, and is killed."""
    _, worker, _ = answered(scene, (words.TIED, VALUE))
    scene.shutdown.close()
    scene.look()
    scene.shutdown.terminate("the end", 15)
    assert scene.until(lambda: scene.kills(worker, 15)) < 1.0
    assert put_off
