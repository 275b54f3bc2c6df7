"""A caller that waits for one short task reads the answer itself; one that does not come gives it back."""

from __future__ import annotations

import pytest

from safepool.core import states
from safepool.core.states import Task
from safepool.engine import fast_path, watch
from safepool.protocol import words
from tests.safepool.engine.scenes import SCALAR, Owner, Scene


@pytest.fixture
def led(scene: Scene) -> tuple[Scene, Task]:
    """A short task that a worker has."""
    scene.begin()
    scene.ready()
    scene.core.cost = 1000.0
    return scene, scene.add()


def is_read(scene: Scene, task: Task) -> bool:
    """Does the engine's thread read what that worker says?"""
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].says(words.READY)
    found = ("result", worker) in scene.selector.wait(idle=False)
    worker.io.channel.read()
    return found


def test_while_a_caller_leads_nobody_else_reads(led: tuple[Scene, Task]) -> None:
    """And when it has ended, the engine's thread does again."""
    scene, task = led
    fast = scene.parts.fast
    assert is_read(scene, task)
    assert fast.begin(task.worker, task)  # type: ignore[arg-type]
    assert not is_read(scene, task)
    fast.end(task.worker, task)  # type: ignore[arg-type]
    assert is_read(scene, task)


def test_only_one_thread_leads_a_worker(led: tuple[Scene, Task]) -> None:
    """Another thread that waits for the same task waits in the usual way."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    assert scene.parts.fast.begin(worker, task)
    assert not scene.parts.fast.begin(worker, task)
    assert not scene.parts.fast.begin(worker, Task(Owner(), 0, 1, SCALAR))
    scene.parts.fast.end(worker, task)
    assert scene.parts.fast.begin(worker, task)


def test_long_tasks_and_those_of_unknown_cost_are_not_led(led: tuple[Scene, Task]) -> None:
    """Nor does it pay where a change by another thread does not count for a wait in progress."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    for cost in (None, fast_path.LEAD_NS + 1):
        scene.core.cost = cost
        assert not scene.parts.fast.begin(worker, task)
        assert is_read(scene, task)


def test_a_task_that_is_done_is_not_led(led: tuple[Scene, Task]) -> None:
    """Its worker may have another one by now."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["x"]))
    scene.look()
    assert task.state is states.DONE
    assert not scene.parts.fast.begin(worker, task)


def test_a_caller_that_is_expected_and_does_not_come_gives_it_back(led: tuple[Scene, Task]) -> None:
    """It waits in another way."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    scene.parts.fast.expect(worker, task)
    assert not is_read(scene, task)
    scene.parts.fast.give_back(task)
    assert is_read(scene, task)


def test_a_caller_that_was_expected_and_torn_away_is_replaced(scene: Scene) -> None:
    """It was expected before the task was sent: the answer is read all the same, soon."""
    scene.begin()
    worker, _ = scene.ready()
    scene.core.cost = 1000.0
    task = Task(Owner(), 0, 1, SCALAR)
    scene.core.add(task)
    scene.parts.fast.expect(next(reversed(scene.core.idle)), task)
    scene.staffing.deal()
    worker = task.worker or worker
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["x"]))
    took = scene.until(lambda: task.owner.told)
    assert took <= 2 * watch.STALL_CHECK


def test_a_leader_that_began_late_and_was_torn_away_is_replaced_soon(led: tuple[Scene, Task]) -> None:
    """A moment after its task was sent, as callers do: after a tenth of a second, not after a whole one."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    scene.time += 0.01
    assert scene.parts.fast.begin(worker, task)
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["x"]))
    took = scene.until(lambda: task.owner.told)
    assert took <= 3 * watch.STALL_CHECK


def test_a_leader_that_was_torn_away_is_replaced(led: tuple[Scene, Task]) -> None:
    """It had begun, and never ends: the answer is read all the same, and the next caller may lead."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    assert scene.parts.fast.begin(worker, task)
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["x"]))
    scene.until(lambda: task.owner.told, within=2.0)
    following = scene.add()
    scene.core.cost = 1000.0
    assert scene.parts.fast.begin(following.worker, following)  # type: ignore[arg-type]


def test_a_caller_gets_into_the_habit(led: tuple[Scene, Task]) -> None:
    """After a few times in a row; one that did not come breaks it."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    fast = scene.parts.fast
    for _ in range(fast_path.LEAD_HABIT):
        assert not fast.habit
        fast.begin(worker, task)
        fast.end(worker, task)
    assert fast.habit
    fast.give_back(task)
    assert not fast.habit


def test_a_worker_that_dies_while_it_is_led_is_nobodys_any_more(led: tuple[Scene, Task]) -> None:
    """Its descriptor may be another's by the time the caller ends."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    assert scene.parts.fast.begin(worker, task)
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.dies(worker)
    scene.tells(worker)
    scene.look()
    assert len(task.owner.told) == 1
    targets = dict(scene.selector.targets)
    scene.parts.fast.end(worker, task)
    scene.parts.fast.give_back(task)
    assert scene.selector.targets == targets


def test_a_killed_worker_is_not_read_again_by_its_leaders_end(led: tuple[Scene, Task]) -> None:
    """Nonsense was read of it, and nothing more is to be read before it is dead."""
    scene, task = led
    worker = task.worker
    assert worker is not None
    assert scene.parts.fast.begin(worker, task)
    scene.answers.kill_for_nonsense(worker, "for a test")
    scene.parts.fast.end(worker, task)
    assert not scene.selector.is_for(worker.io.channel.result_fd, worker)
    assert not is_read(scene, task)
