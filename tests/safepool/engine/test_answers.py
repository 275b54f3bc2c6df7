"""What workers say, and what becomes of one that talks nonsense: it dies, and the pool goes on."""

from __future__ import annotations

import os
from typing import Any

import pytest

from safepool.core import states
from safepool.engine import workers
from safepool.protocol import words
from safepool.protocol.words import CHUNK, LARGE, RUN, SKIPPED, VALUE
from tests.safepool.engine.scenes import Scene


def test_a_worker_that_is_ready_gets_what_waits(scene: Scene) -> None:
    """And is known from then on, whatever became of the template's report."""
    scene.begin()
    task = scene.add()
    worker = next(iter(scene.core.workers.values()))
    scene.born(worker, say=False).says(words.READY)
    scene.look()
    assert worker.io.known
    assert task.worker is worker


def test_a_worker_that_is_ready_too_late_gets_nothing(scene: Scene) -> None:
    """It was told to stop meanwhile."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    scene.born(worker)
    scene.look()
    scene.workers.stop(worker, 5)
    scene.far[worker.id].says(words.READY)
    scene.look()
    assert worker.state is states.STOPPING
    assert scene.core.state is states.OPEN


def test_results_are_told_and_the_next_task_is_sent(scene: Scene) -> None:
    """By the same look."""
    scene.begin()
    scene.ready()
    first, second, third = (scene.add() for _ in range(3))
    worker = first.worker
    assert worker is not None
    assert third.worker is None
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["one"]))
    scene.look()
    assert first.owner.told == [(0, "one")]
    assert third.worker is worker
    assert second.owner.told == []


def test_a_worker_that_has_done_its_share_is_replaced(scene: Scene) -> None:
    """With ``max_tasks``: it is asked to end, has the time of the pool for that, and another one is launched when it has."""
    scene.core.max_tasks = 1
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["one"]))
    scene.look()
    assert worker.state is states.STOPPING
    assert scene.far[worker.id].gets()[-1] == (words.STOP, None)
    assert worker.io.stop_at == pytest.approx(scene.time + scene.shutdown.exit_timeout, abs=0.01)
    assert len(scene.core.workers) == 3


def test_a_worker_whose_pipe_is_gone_is_ended(scene: Scene) -> None:
    """While it lives it could be given nothing more."""
    scene.begin()
    worker, _ = scene.ready()
    worker.io.channel.broken = True
    scene.far[worker.id].says(words.READY)
    scene.look()
    assert worker.io.killed == workers.Killed("protocol")
    assert scene.kills(worker)


TALK: list[Any] = [
    pytest.param((5, 1, ["x"]), id="an item that it does not hold"),
    pytest.param((0, 1, ["x", "y"]), id="more than it holds"),
    pytest.param((0, 1, [(RUN, [1, 2, 3])]), id="a run beyond the end"),
    pytest.param((0, 1, [(SKIPPED, 9)]), id="skipped beyond the end"),
]
TALK += [
    pytest.param(envelope, id=text)
    for text, envelope in {
        "nothing": None,
        "too little": (0, 1),
        "a number for entries": (0, 1, 7),
        "no numbers": ("a", "b", ["c"]),
        "an entry that is empty": (0, 1, [()]),
        "a run of nothing countable": (0, 1, [(RUN, 3)]),
        "busy for ever": (0, "long", ["x"]),
    }.items()
]


@pytest.mark.parametrize("envelope", TALK)
def test_nonsense_ends_its_worker_and_nothing_else(scene: Scene, envelope: Any) -> None:
    """That one is killed, its task blamed; the pool goes on."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    far = scene.far[worker.id]
    far.notes(0, words.RUNNING)
    far.says(words.RESULTS, envelope)
    scene.look()
    assert scene.core.state is states.OPEN
    assert worker.io.killed == workers.Killed("protocol")
    far.says(words.RESULTS, (0, 1, ["too late?"]))
    scene.dies(worker)
    scene.tells(worker)
    scene.look()
    assert not scene.alive(worker)
    assert len(task.owner.told) == 1
    assert scene.core.state is states.OPEN


def test_buffers_that_are_not_there_end_their_worker_only(scene: Scene) -> None:
    """An entry says that it is in two buffers, and there is one."""
    from safepool.protocol import wire

    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].notes(0, words.RUNNING)
    data = wire.frame(words.RESULTS, (0, 1, [(LARGE, VALUE, 2)]), [5]) + b"12345"
    os.write(scene.far[worker.id].result_fd, data)
    scene.look()
    assert scene.core.state is states.OPEN


def test_items_that_are_too_much_together_go_on_one_by_one(scene: Scene) -> None:
    """The worker has no memory for the message: each is pickled by itself, in their order; none is lost, none runs twice."""
    scene.begin()
    scene.ready()
    task = scene.add(count=4, payload=(CHUNK, b"", 0, 0, [0, 1, 2, 3]))
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].says(words.RESULTS, (0, 5, [(SKIPPED, 4, True)]))
    scene.look()
    scene.look()
    assert task.owner.told == []
    assert sorted((part.index, part.count) for part in task.owner.refilled) == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert {part.index for part in scene.core.tasks} == {0, 1, 2, 3}
    waiting = [part.index for part in scene.core.queue if part.state is states.QUEUED]
    assert waiting == sorted(waiting)


def test_a_rest_that_its_worker_did_not_begin_goes_on(scene: Scene) -> None:
    """It cannot unpickle it: those items are pickled again, for another one."""
    scene.begin()
    scene.ready()
    task = scene.add(count=4, payload=(CHUNK, b"", 0, 0, [0, 1, 2, 3]))
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["one", (SKIPPED, 3)]))
    scene.look()
    scene.look()
    assert task.owner.told == [(0, "one")]
    (rest,) = task.owner.refilled
    assert (rest.index, rest.count, rest.state) == (1, 3, states.ASSIGNED)
