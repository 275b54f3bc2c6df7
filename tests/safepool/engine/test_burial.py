"""A worker is dead: what it had done counts, one item pays, the rest goes on, and everybody is told once."""

from __future__ import annotations

from typing import Any

import pytest

from safepool import PoolBroken, WorkerDied
from safepool.core import states
from safepool.core.states import Task
from safepool.interfaces.limits import Limits
from safepool.protocol import slots, words
from safepool.protocol.words import CHUNK
from tests.safepool.engine.scenes import SCALAR, Far, Owner, Scene

CHUNK_OF_4 = (CHUNK, b"", 0, 0, [0, 1, 2, 3])


def busy(scene: Scene, **options: Any) -> tuple[Task, Any, Far]:
    """A worker that has a task, which is not begun yet."""
    scene.begin()
    scene.ready()
    task = scene.add(**options)
    assert task.worker is not None
    return task, task.worker, scene.far[task.worker.id]


def death(scene: Scene, worker: Any, status: int = 9) -> None:
    scene.dies(worker)
    scene.tells(worker, status)
    scene.look()
    assert not scene.alive(worker)


def journal(far: Far, base: int, entries: list[bytes]) -> None:
    """The worker notes results and does not send them."""
    far.slot.words[slots.BASE] = base
    end = 0
    for i, entry in enumerate(entries):
        far.slot.data[end : end + len(entry)] = entry
        end += len(entry)
        far.slot.ends[i] = end


def test_what_it_sent_and_what_it_noted_counts(scene: Scene) -> None:
    """First the pipe, then the journal; the item in hand pays; the rest is pickled again and goes to another worker."""
    import marshal

    task, worker, far = busy(scene, count=4, payload=CHUNK_OF_4)
    far.says(words.RESULTS, (0, 5, ["sent"]))
    journal(far, 1, [marshal.dumps("noted")])
    far.notes(2, words.RUNNING)
    death(scene, worker)
    scene.look()
    told = dict(task.owner.told)
    assert (told[0], told[1]) == ("sent", "noted")
    assert isinstance(told[2], WorkerDied)
    assert (told[2].task, told[2].stage) == ("call(2)", "running")
    (rest,) = task.owner.refilled
    assert (rest.index, rest.count, rest.state) == (3, 1, states.ASSIGNED)
    assert len(task.owner.told) == 3
    assert scene.core.tasks == {rest}


def test_what_finished_and_is_nowhere_is_lost(scene: Scene) -> None:
    """It says so, and is not run again."""
    task, worker, far = busy(scene, count=4, payload=CHUNK_OF_4)
    far.notes(1, words.IDLE)
    death(scene, worker)
    told = dict(task.owner.told)
    assert told[0].cause == "result lost"
    (rest,) = task.owner.refilled
    assert (rest.index, rest.count) == (1, 3)


def test_a_journal_that_makes_no_sense_is_passed_over(scene: Scene) -> None:
    """As is a last word that makes none."""
    task, worker, far = busy(scene)
    far.slot.words[slots.BASE] = 0
    for i in range(len(far.slot.ends)):
        far.slot.ends[i] = 0xFFFF_FFFF
    far.slot.words[slots.STATE] = (1 << 64) - 1
    death(scene, worker)
    ((_, error),) = task.owner.told
    assert isinstance(error, WorkerDied)


def test_nonsense_in_the_pipe_of_a_dead_worker_hides_nothing(scene: Scene) -> None:
    """The item in hand pays, and the pool goes on."""
    import os

    task, worker, far = busy(scene)
    far.notes(0, words.RUNNING)
    os.write(far.result_fd, b"\0" * 100)
    death(scene, worker)
    ((_, error),) = task.owner.told
    assert isinstance(error, WorkerDied)
    assert scene.core.state is states.OPEN


def test_a_task_that_was_not_begun_goes_to_another_worker(scene: Scene) -> None:
    """Nobody pays; it does not count as an attempt."""
    task, worker, _ = busy(scene)
    death(scene, worker)
    assert task.owner.told == []
    assert task.worker is not worker
    assert (task.state, task.attempts) == (states.ASSIGNED, 1)
    assert scene.deaths[0].task is None


def test_a_retry_runs_elsewhere_and_tells_nobody(scene: Scene) -> None:
    """Until there is none left."""
    task, worker, far = busy(scene, limits=Limits(retries=1))
    far.notes(0, words.RUNNING)
    death(scene, worker)
    assert task.owner.told == []
    (again,) = task.owner.refilled
    scene.look()
    assert again.attempts == 2
    assert len(scene.deaths) == 1
    scene.far[again.worker.id].notes(0, words.RUNNING)  # type: ignore[union-attr]
    death(scene, again.worker)
    ((_, error),) = task.owner.told
    assert error.attempts == 2


def test_a_worker_that_was_stopped_and_had_nothing_ends_in_peace(scene: Scene) -> None:
    """It is no death: not in the list, and nobody is told; another one takes its place while the pool is open."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.stop(worker, 5)
    death(scene, worker, 0)
    assert scene.deaths == []
    assert list(scene.burial.deaths) == []
    assert len(scene.core.workers) == 2


def test_a_worker_is_buried_once(scene: Scene) -> None:
    """Its pidfd, the template and the inspection all say so."""
    task, worker, far = busy(scene)
    far.notes(0, words.RUNNING)
    scene.dies(worker)
    scene.tells(worker)
    scene.tells(worker)
    scene.look()
    scene.burial.died(worker, None)
    scene.passes(2)
    assert len(task.owner.told) == 1
    assert len(scene.deaths) == 1


def test_an_owner_whose_words_fail_is_told_all_the_same(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in the description of a call must not leave its caller waiting."""
    task, worker, far = busy(scene)
    far.notes(0, words.RUNNING)

    def fail(index: int) -> Any:
        raise ValueError(index)

    monkeypatch.setattr(task.owner, "describe_item", fail)
    death(scene, worker)
    ((_, error),) = task.owner.told
    assert isinstance(error, WorkerDied)


def test_a_rest_that_cannot_be_pickled_fails(scene: Scene) -> None:
    """With what pickling raised, whatever that is; nobody waits for it any more."""
    owner = Owner()
    owner.refill_error = SystemExit("mine")
    task, worker, far = busy(scene, owner=owner, count=4, payload=CHUNK_OF_4)
    far.notes(0, words.RUNNING)
    death(scene, worker)
    for _ in range(3):
        scene.look()
    told = dict(task.owner.told)
    assert isinstance(told[0], WorkerDied)
    assert [told[i] for i in (1, 2, 3)] == [owner.refill_error] * 3
    assert not scene.core.tasks


def test_a_rest_whose_pool_was_broken_meanwhile_is_told_so(scene: Scene) -> None:
    """It was being pickled: its owner gets the pool's error."""
    task, worker, far = busy(scene, count=4, payload=CHUNK_OF_4)
    far.notes(0, words.RUNNING)
    errands: list[Any] = []
    scene.outcomes.pickling.call = errands.append  # type: ignore[method-assign]
    death(scene, worker)
    scene.shutdown.break_("for a test", "test")
    for errand in errands:
        errand()
    scene.look()
    told = dict(task.owner.told)
    assert {type(told[i]) for i in (1, 2, 3)} == {PoolBroken}
    assert not scene.core.tasks


def test_a_worker_that_cannot_start_breaks_a_new_pool(scene: Scene) -> None:
    """With its initializer's traceback as the cause, at the first failure."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    far = scene.born(worker)
    far.says(words.START_FAILED, ("no number", "Traceback: ValueError"))
    scene.look()
    death(scene, worker, 1 << 8)
    assert scene.core.state is states.BROKEN
    assert "a worker could not start: no number" in str(scene.shutdown.cause)
    assert "ValueError" in str(scene.shutdown.cause.__cause__)  # type: ignore[union-attr]


def test_a_worker_that_cannot_start_is_replaced_in_a_pool_that_has_worked(scene: Scene) -> None:
    """It may be a passing trouble; a few of them, one after the other, are none."""
    scene.begin()
    first, _ = scene.ready()
    scene.add(payload=SCALAR)
    death(scene, first)
    for _ in range(3):
        assert scene.core.state is states.OPEN
        (worker,) = [one for one in scene.core.workers.values() if one.state is states.STARTING]
        far = scene.born(worker)
        far.says(words.START_FAILED, ("no number", "Traceback"))
        scene.look()
        death(scene, worker, 1 << 8)
    assert scene.core.state is states.BROKEN


def test_workers_that_die_before_they_can_work_are_hopeless(scene: Scene) -> None:
    """And the pool says what the last one died of."""
    scene.begin()
    for _ in range(3):
        worker = next(iter(scene.core.workers.values()))
        scene.born(worker)
        scene.look()
        death(scene, worker, 3 << 8)
    assert scene.core.state is states.BROKEN
    assert "exited with status 3 while starting up" in str(scene.shutdown.cause)


def test_deaths_of_an_end_are_nobodys_news(scene: Scene) -> None:
    """What we killed on purpose is not in the list."""
    scene.begin()
    worker, _ = scene.ready()
    scene.shutdown.terminate("for a test", 15)
    death(scene, worker)
    assert scene.deaths == []


def test_one_item_that_cannot_be_pickled_again_is_alone(scene: Scene) -> None:
    """The rest of the chunk is tried as a whole, then one by one: the others go on."""

    class Picky(Owner):
        def refill_part(self, part: Task) -> None:
            if part.index <= 2 < part.index + part.count:
                raise SystemExit(5)
            super().refill_part(part)

    task, worker, far = busy(scene, count=4, payload=CHUNK_OF_4, owner=Picky())
    far.notes(0, words.RUNNING)
    death(scene, worker)
    for _ in range(3):
        scene.look()
    told = dict(task.owner.told)
    assert isinstance(told[0], WorkerDied)
    assert isinstance(told[2], SystemExit)
    assert sorted(part.index for part in task.owner.refilled) == [1, 3]
    assert {part.index for part in scene.core.tasks} == {1, 3}


def test_without_memory_for_words_everybody_is_told_all_the_same(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core has let go of them, so nobody else would. The pool breaks, and what was the worker's is released."""
    task, worker, far = busy(scene, count=4, payload=CHUNK_OF_4)
    far.notes(2, words.RUNNING)

    def poor(*_: Any, **__: Any) -> Any:
        raise MemoryError("for a test")

    monkeypatch.setattr(scene.burial, "_called", poor)
    death(scene, worker)
    told = dict(task.owner.told)
    assert [type(told[item]) for item in range(3)] == [MemoryError] * 3
    assert scene.core.state is states.BROKEN
    assert [(rest.index, rest.count) for rest in scene.core.tasks] == [(3, 1)]  # told at the very end
    assert worker.io.pidfd is None
    assert worker.io.channel.slot.index in scene.workers._free_slots
