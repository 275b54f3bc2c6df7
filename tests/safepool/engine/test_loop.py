"""The engine's own thread: what must not be is borne, what was torn is mended, and the end comes whatever fails."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from safepool import PoolBroken
from safepool.core import states
from safepool.core.states import Task
from safepool.engine import loop
from safepool.protocol import words
from tests.safepool.engine.scenes import SCALAR, Owner, Scene


def told(scene: Scene, task: Task) -> str:
    """What a task's owner was told, in words; it was told once."""
    ((_, entry),) = task.owner.told
    assert isinstance(entry, PoolBroken), entry
    return str(entry)


def test_a_bug_of_ours_leaves_nobody_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool is broken and says why; its workers end, and so does it."""
    scene.begin()
    found = scene.ready()
    tasks = [scene.add() for _ in range(4)]

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("for a test")

    with monkeypatch.context() as patch:
        patch.setattr(scene.loop._inspection, "tick", fail)
        scene.time += 2
        scene.look()
    assert {told(scene, task) for task in tasks} == {"the pool's engine failed: ZeroDivisionError('for a test')"}
    for worker in found:
        assert worker.io.killed is not None
        scene.dies(worker)
        scene.tells(worker)
    scene.until(lambda: scene.core.state is states.CLOSED, within=5)


def test_a_bug_in_the_end_itself_leaves_nobody_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even breaking the pool fails: all are told, those whose message waits included, all workers killed."""
    scene.begin()
    found = scene.ready()
    tasks = [scene.add() for _ in range(4)]
    left = [Task(Owner(), 0, 1, SCALAR) for _ in range(3)]

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("for a test")

    monkeypatch.setattr(scene.loop._inspection, "tick", fail)
    monkeypatch.setattr(scene.shutdown, "end_workers", fail)
    monkeypatch.setattr(scene.turns, "work", fail)
    scene.turns.inbox.append((fail, left[0], True))
    scene.turns.inbox.append((fail, left[1:]))
    scene.look()
    assert {type(entry) for task in tasks + left for _, entry in task.owner.told} == {PoolBroken}
    assert all(task.owner.told for task in tasks + left)
    assert scene.core.state is states.CLOSED
    for worker in found:
        assert scene.kills(worker)


def test_what_a_handler_tore_is_mended(scene: Scene) -> None:
    """Tasks fail with what hit the pool; messages that wait are worked off after that, and refused."""
    scene.begin()
    scene.ready()
    task = scene.add()
    ran: list[int] = []
    scene.turns.inbox.append((ran.append, 1))
    scene.turns.torn_by = "KeyboardInterrupt"
    scene.look()
    assert told(scene, task).startswith("KeyboardInterrupt hit the pool")
    assert ran == [1]
    assert scene.turns.torn_by is None
    assert scene.core.state is states.BROKEN


def test_a_message_that_fails_while_torn_is_mended_is_the_last_one(scene: Scene) -> None:
    """Half a change is there, so it may: nobody waits for it."""
    scene.begin()
    scene.ready()
    task = scene.add()
    waiting = Task(Owner(), 0, 1, SCALAR)

    def fail(_task: Task) -> None:
        raise ZeroDivisionError

    scene.turns.inbox.append((fail, waiting))
    scene.turns.torn_by = "KeyboardInterrupt"
    scene.look()
    assert task.owner.told
    assert waiting.owner.told


def test_an_abandoned_pool_is_closed_or_terminated(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a note, since the collector runs anywhere."""
    scene.begin()
    scene.ready()
    scene.loop.abandoned = "close"
    scene.look()
    assert scene.core.state is states.CLOSING
    other = Scene(monkeypatch)
    other.begin()
    other.loop.abandoned = "terminate"
    other.look()
    assert other.shutdown.terminating
    assert "garbage collected" in str(other.shutdown.cause)
    other.close()


def test_events_of_a_worker_that_was_buried_a_moment_ago_are_passed_over(scene: Scene) -> None:
    """One look may find its death, its last results, and room in its pipe."""
    scene.begin()
    worker, _ = scene.ready()
    scene.dies(worker)
    scene.tells(worker)
    scene.look()
    assert not scene.alive(worker)
    state = scene.core.state
    scene.turns.mine(lambda: scene.loop._work([("result", worker), ("pidfd", worker), ("task", worker)]))
    assert scene.core.state is state


def test_the_thread_ends_and_says_so(scene: Scene) -> None:
    """Terminated before it has run at all: each step of the end is taken, and who waits for the end is told."""
    scene.begin()
    for worker in list(scene.core.workers.values()):
        scene.born(worker)
    waiting = scene.add()
    scene.shutdown.terminate("for a test", 15)
    for worker in list(scene.core.workers.values()):
        scene.look()
        scene.dies(worker)
        scene.tells(worker)
    scene.loop.run(None)
    assert scene.core.state is states.CLOSED
    assert scene.loop.finished.is_set()
    assert scene.ended == [True]
    assert told(scene, waiting) == "for a test"


def test_a_message_that_came_while_the_pool_ended_is_worked_off(scene: Scene) -> None:
    """Its caller saw a pool that is open still, and left it to the engine, which looks once more after it has ended; also where
    the one before it fails."""
    scene.begin()
    scene.ready()
    scene.core.state = states.CLOSED
    told: list[int] = []
    scene.turns.inbox.extend([(told.append, 1), (int, "no number"), (told.append, 2)])
    scene.loop.run(None)
    assert told == [1, 2]
    assert not scene.turns.inbox


def test_a_last_message_for_which_there_is_no_memory_is_tried_again(scene: Scene) -> None:
    """It may bring a task, whose caller waits."""
    scene.begin()
    scene.ready()
    scene.core.state = states.CLOSED
    told: list[int] = []

    def poor(number: int) -> None:
        told.append(number)
        if len(told) < 3:
            raise MemoryError

    scene.turns.inbox.extend([(poor, 1), (told.append, 2)])
    scene.loop.run(None)
    assert told == [1, 1, 1, 2]


def test_an_end_for_which_there_is_no_memory_is_tried_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for calling a step, nor for a pause: helpers that were not told to end would be waited for, for ever."""
    scene.begin()
    scene.ready()
    scene.core.state = states.CLOSED
    short = [4]
    insist = scene.outcomes.insist

    def poor(*arguments: Any) -> None:
        if short[0]:
            short[0] -= 1
            raise MemoryError
        insist(*arguments)

    monkeypatch.setattr(loop, "pause", poor)
    monkeypatch.setattr(scene.outcomes, "insist", poor)
    scene.loop.run(None)
    assert short == [0]
    assert scene.ended == [True]
    assert scene.loop.finished.is_set()


def test_a_worker_is_let_go_though_there_is_no_memory_at_first(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or its descriptors would stay open."""
    scene.begin()
    found = scene.ready()
    scene.core.state = states.CLOSED
    tried: list[Any] = []
    release = scene.workers.release

    def poor(worker: Any) -> None:
        tried.append(worker)
        if tried.count(worker) < 2:
            raise MemoryError
        release(worker)

    monkeypatch.setattr(scene.workers, "release", poor)
    scene.loop.run(None)
    assert [tried.count(worker) for worker in found] == [2] * len(found)


def test_an_end_whose_steps_all_fail_is_an_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """finished is set, and tasks that nobody would find are told."""
    scene.begin()
    scene.ready()
    hidden = Task(Owner(), 0, 2, SCALAR)
    scene.core.tasks.add(hidden)

    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EIO, "for a test")

    monkeypatch.setattr(scene.shutdown, "end_templates", fail)
    monkeypatch.setattr(scene.workers, "release", fail)
    monkeypatch.setattr(scene.loop, "_at_end", fail)
    scene.core.state = states.CLOSED
    scene.loop.run(None)
    assert scene.loop.finished.is_set()
    assert len(hidden.owner.told) == 2
    monkeypatch.undo()


def test_a_fork_leaves_the_loop_without_an_end(scene: Scene) -> None:
    """It is the parent's."""
    scene.begin()
    scene.loop.foreign = True
    scene.loop.run(None)
    assert scene.ended == []
    assert not scene.loop.finished.is_set()


def test_a_copy_of_the_thread_in_a_fork_does_not_return(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one only where gevent made a greenlet of the thread; here it begins in one process and goes on in another."""
    parked: list[bool] = []
    pids = iter([1, 2])
    monkeypatch.setattr(loop, "never_return", lambda: parked.append(True))
    scene.begin()
    scene.loop.foreign = True
    with monkeypatch.context() as patch:
        patch.setattr(loop, "getpid", lambda: next(pids))
        scene.loop.run(None)
    assert parked == [True]
    assert not scene.loop.finished.is_set()


def test_tasks_that_were_taken_back_are_told_once_more(scene: Scene) -> None:
    """Their owner may have been torn away in the middle of it."""
    scene.begin()
    scene.ready()
    tasks = [scene.add() for _ in range(4)]
    waiting = tasks[-1]
    assert waiting.worker is None
    assert waiting.take_back()
    scene.turns.inbox.append((scene.core.cancelled, waiting))
    scene.look()
    assert waiting.owner.told == [(0, "cancelled")]
    assert waiting not in scene.core.tasks
    worker = tasks[0].worker
    assert worker is not None
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["x"]))
    scene.look()
    assert waiting.worker is None


@pytest.mark.parametrize("where", ["selector", "turns"])
def test_a_thread_that_cannot_go_on_ends_the_pool(scene: Scene, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Outside all that is guarded: no memory for a frame, say, and for a while not even for telling that. All are told."""
    scene.begin()
    found = scene.ready()
    tasks = [scene.add() for _ in range(4)]
    short = [3]
    fail = scene.shutdown.fail

    def poor(*_: Any, **__: Any) -> Any:
        raise MemoryError("for a test")

    def poor_for_a_while(task: Task) -> None:
        if short[0]:
            short[0] -= 1
            raise MemoryError
        fail(task)

    with monkeypatch.context() as patch:
        patch.setattr(scene.shutdown, "fail", poor_for_a_while)
        if where == "selector":
            patch.setattr(scene.selector, "wait", poor)
        else:
            patch.setattr(scene.loop, "_work", poor)
        with pytest.raises(MemoryError, match="for a test"):
            scene.loop.run(None)
    assert {told(scene, task) for task in tasks} == {"the pool's engine failed"}
    assert scene.core.state is states.CLOSED
    assert scene.loop.finished.is_set()
    assert scene.ended == [True]
    for worker in found:
        assert scene.kills(worker)
