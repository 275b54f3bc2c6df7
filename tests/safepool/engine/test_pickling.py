"""Deferred tasks get their payloads before they are due, in the thread for that, whatever happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from safepool import PoolBroken
from safepool.core import scheduling, states
from safepool.core.states import Task
from safepool.engine import pickling
from safepool.protocol import words
from tests.safepool.engine.scenes import SCALAR, Owner, Scene

SIZE = 1 << 20


class Keeper(Owner):
    """Keeps the objects of a task; pickled, they have SIZE bytes."""

    meanwhile: Callable[[], None] | None = None

    def refill_part(self, part: Task) -> None:
        if self.meanwhile is not None:
            self.meanwhile()
        super().refill_part(part)
        part.size = SIZE


def add(scene: Scene, owner: Any = None) -> Task:
    """A caller leaves a deferred task, as Engine.submit takes it in."""
    task = Task(owner or Keeper(), 0, 1, None)
    task.deferred = True
    scene.core.add(task)
    scene.pickling.prepare()
    scene.staffing.deal()
    return task


@pytest.fixture
def helper(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What the thread for pickling is asked to do, and has not done yet."""
    asked: list[Callable[[], None]] = []
    monkeypatch.setattr(scene.outcomes.pickling, "call", asked.append)
    return asked


def run(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """The thread does what it was asked for, and the engine what comes of that."""
    while helper:
        helper.pop(0)()
        scene.look()


def answer_all(scene: Scene, tasks: list[Task]) -> list[int]:
    """Workers do what they get, until all is done; the numbers of the tasks in the order in which they were sent."""
    order: list[int] = []
    for _ in range(1000):
        scene.look()
        for worker in list(scene.core.workers.values()):
            if worker.held:
                order += [tasks.index(task) for task in worker.held]
                scene.far[worker.id].says(words.RESULTS, (worker.next, 5, [None] * worker.items))
        if not scene.core.tasks:
            return order
    raise AssertionError("they are not done")


def test_they_are_pickled_as_the_queue_runs_low(scene: Scene) -> None:
    """Never much more than the limit waits; each is pickled once, and all are sent in order."""
    scene.begin()
    scene.ready()
    most: list[int] = []
    owner = Keeper()
    owner.meanwhile = lambda: most.append(scene.core.queued_bytes)
    tasks = [add(scene, owner) for _ in range(100)]
    order = answer_all(scene, tasks)
    assert order == list(range(100))
    assert len(owner.refilled) == 100
    assert len({id(task) for task in owner.refilled}) == 100
    assert max(most) <= scheduling.AHEAD_BYTES
    assert len(owner.told) == 100
    assert (scene.core.queued_bytes, len(scene.core.deferred)) == (0, 0)


def test_users_code_runs_without_the_engine(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """It may take as long as it likes: others have the engine meanwhile."""
    scene.begin()
    scene.ready()
    owner = Keeper()
    had: list[bool] = []

    def have() -> None:
        had.append(scene.turns.is_held_here())
        other = threading.Thread(target=lambda: scene.turns.ask(lambda: had.append(True)))
        other.start()
        other.join(20)

    owner.meanwhile = have
    add(scene, owner)
    scene.look()
    assert len(helper) == 1
    run(scene, helper)
    assert had == [False, True]


def test_small_ones_are_handed_over_in_groups(
    scene: Scene, helper: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of so many bytes, or what can be had in a short time."""
    scene.begin()
    scene.ready()
    first = add(scene)
    scene.look()
    tasks = [add(scene) for _ in range(10)]
    assert len(helper) == 1
    monkeypatch.setattr(pickling, "GROUP_BYTES", 3 * SIZE)
    run_one = helper.pop()
    run_one()
    assert first.state is states.ASSIGNED
    scene.look()
    helper.pop()()
    assert [task.deferred for task in tasks] == [False] * 3 + [True] * 7


def test_a_slow_one_is_handed_over_alone(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """A worker may be waiting for it."""
    scene.begin()
    scene.ready()
    slow = Keeper()
    slow.meanwhile = lambda: scene.pause(0.5)
    add(scene)
    scene.look()
    tasks = [add(scene, slow) for _ in range(5)]
    run_one = helper.pop()
    run_one()
    scene.look()
    helper.pop()()
    assert [task.deferred for task in tasks] == [False] + [True] * 4


def test_one_that_cannot_be_pickled_fails_alone(scene: Scene) -> None:
    """Its error is its own, whatever it is; the others go on."""
    scene.begin()
    scene.ready()
    bad = Keeper()
    bad.refill_error = SystemExit("mine")
    good = Keeper()
    tasks = [add(scene, owner) for owner in (good, bad, good)]
    scene.until(lambda: bad.told)
    assert bad.told == [(0, bad.refill_error)]
    assert tasks[1].state is states.FAILED
    assert sorted(answer_all(scene, tasks)) == [0, 2]
    assert len(good.told) == 2


def test_cancelled_while_it_is_pickled(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """Its bytes are thrown away, its error is nobody's, and what is behind it goes on."""
    scene.begin()
    scene.ready()
    owners = [Keeper(), Keeper(), Keeper()]
    tasks = [add(scene, owner) for owner in owners]
    owners[1].refill_error = ValueError("too late")
    scene.look()

    def cancel(task: Task) -> None:
        assert task.take_back()
        scene.turns.ask(scene.core.cancelled, task)

    owners[0].meanwhile = lambda: cancel(tasks[0])
    owners[1].meanwhile = lambda: cancel(tasks[1])
    run(scene, helper)
    scene.look()
    assert [owner.told for owner in owners[:2]] == [[(0, "cancelled")]] * 2
    assert [task.payload for task in tasks[:2]] == [None, None]
    assert tasks[2].state is states.ASSIGNED
    assert answer_all(scene, tasks) == [2]


@pytest.mark.parametrize("fails", [False, True])
def test_the_pool_ends_while_it_is_pickled(scene: Scene, helper: list[Callable[[], None]], fails: bool) -> None:
    """Everybody is told so, once; what is pickled comes too late."""
    scene.begin()
    scene.ready()
    owner = Keeper()
    tasks = [add(scene, owner) for _ in range(3)]
    if fails:
        owner.refill_error = ValueError("too late")
    scene.look()
    owner.meanwhile = lambda: scene.shutdown.terminate("enough", 15)
    run(scene, helper)
    scene.look()
    assert [type(error) for _, error in owner.told] == [PoolBroken] * 3
    assert [task.payload for task in tasks] == [None] * 3
    assert len(owner.refilled) == 1


def test_a_pool_that_is_closed_waits_for_them(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """They were asked for before, and are done."""
    scene.begin()
    scene.ready()
    tasks = [add(scene) for _ in range(3)]
    scene.shutdown.close()
    scene.passes(5)
    assert scene.core.state is states.CLOSING
    run(scene, helper)
    assert sorted(answer_all(scene, tasks)) == [0, 1, 2]
    assert scene.core.drained


def test_a_closed_pool_hears_that_the_last_one_failed(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """That was what its end waited for: its thread is woken."""
    scene.begin()
    scene.ready()
    owner = Keeper()
    owner.refill_error = ValueError("no")
    add(scene, owner)
    scene.shutdown.close()
    scene.look()
    scene.selector.wait(idle=False)
    helper.pop()()
    assert scene.core.drained
    woken: list[Any] = []
    scene.selector._drain = lambda: woken.append(True)  # type: ignore[method-assign]
    scene.selector.wait(idle=False)
    assert woken


def test_a_worker_that_has_one_gives_it_back_when_it_dies(scene: Scene) -> None:
    """Then its bytes are there, and go to another worker: it is not pickled again."""
    scene.begin()
    scene.ready()
    owner = Keeper()
    task = add(scene, owner)
    scene.until(lambda: task.worker is not None)
    worker: Any = task.worker
    scene.far[worker.id].notes(0, words.IDLE)
    scene.dies(worker)
    scene.tells(worker)
    scene.until(lambda: task.worker not in (None, worker))
    assert task.payload == SCALAR
    assert len(owner.refilled) == 1


def test_an_error_in_the_thread_itself_stops_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next ones are asked for all the same."""
    scene.begin()
    scene.ready()
    errors = [MemoryError()]

    def pickle_one(task: Task) -> None:
        if errors:
            raise errors.pop()
        task.owner.refill_part(task)

    monkeypatch.setattr(scene.pickling, "_pickle_one", pickle_one)
    monkeypatch.setattr(scene.outcomes.pickling, "call", lambda errand: scene.outcomes.pickling.guard(errand))
    tasks = [add(scene) for _ in range(3)]
    assert sorted(answer_all(scene, tasks)) == [0, 1, 2]


def together(scene: Scene, helper: list[Callable[[], None]], owners: list[Keeper]) -> list[Task]:
    """Deferred tasks that are in one group, which the thread has not begun."""
    before = add(scene)
    scene.look()
    tasks = [add(scene, owner) for owner in owners]
    helper.pop()()
    scene.look()
    assert before.state is states.ASSIGNED
    assert len(helper) == 1
    return tasks


def hold_up(scene: Scene, owner: Keeper, meanwhile: Callable[[], Any]) -> None:
    """The pickling of this owner's task is about to wait for the pool; then comes what happens meanwhile."""

    def wait() -> None:
        owner.meanwhile = None
        assert scene.outcomes.pickling.hold_up is not None
        scene.outcomes.pickling.hold_up()
        meanwhile()

    owner.meanwhile = wait


def test_one_that_waits_for_what_is_behind_it_lets_that_pass(scene: Scene, helper: list[Callable[[], None]]) -> None:
    """It leaves the queue until it has its payload; those that follow have another thread."""
    scene.begin()
    scene.ready()
    seen: list[Any] = []
    waiting = Keeper()
    first, behind = together(scene, helper, [waiting, Keeper()])
    scalar = scene.add()

    def meanwhile() -> None:
        seen.append((first.state, len(helper)))
        run(scene, helper)  # what another thread does
        seen.append((first.state, behind.deferred, scalar.state))
        answer_all_but(scene, first)

    hold_up(scene, waiting, meanwhile)
    run(scene, helper)
    assert seen == [(states.DETACHED, 1), (states.DETACHED, False, states.QUEUED)]
    assert (behind.state, scalar.state, first.state) == (states.DONE, states.DONE, states.ASSIGNED)
    answer_all(scene, [first])
    assert [len(task.owner.told) for task in (first, behind, scalar)] == [1, 1, 1]
    assert [len(task.owner.refilled) for task in (first, behind)] == [1, 1]
    assert (scene.core.queued_bytes, len(scene.core.deferred)) == (0, 0)


def answer_all_but(scene: Scene, task: Task) -> None:
    """Workers do what they get, until only that is left."""
    for _ in range(100):
        scene.look()
        for worker in list(scene.core.workers.values()):
            if worker.held:
                scene.far[worker.id].says(words.RESULTS, (worker.next, 5, [None] * worker.items))
        if scene.core.tasks == {task}:
            return
    raise AssertionError("they are not done")


def test_one_that_is_blocked_lets_others_pass_after_a_while(
    scene: Scene, helper: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever it is. What was made before it in its group counts, and what fails afterwards fails by itself."""
    monkeypatch.setattr(pickling, "GROUP_BYTES", 10 * SIZE)
    scene.begin()
    scene.ready()
    gate, reached, blocked = threading.Event(), threading.Event(), Keeper()
    blocked.meanwhile = lambda: (reached.set(), gate.wait(30))  # type: ignore[assignment, return-value]
    made, held_up, later = together(scene, helper, [Keeper(), blocked, Keeper()])
    for worker in scene.core.workers.values():
        if worker.held:
            scene.far[worker.id].notes(worker.held[0].seq, words.RUNNING)
    thread = threading.Thread(target=helper.pop())
    thread.start()
    assert reached.wait(30)
    assert scene.until(lambda: held_up.state is states.DETACHED) < pickling.PATIENCE + 1.5
    assert (made.deferred, held_up.state, later.deferred) == (False, states.DETACHED, True)
    run(scene, helper)
    assert (held_up.state, later.deferred) == (states.DETACHED, False)
    answer_all_but(scene, held_up)
    blocked.refill_error = ValueError("mine")
    gate.set()
    thread.join(30)
    scene.look()
    assert blocked.told == [(0, blocked.refill_error)]
    assert not scene.core.tasks


@pytest.mark.parametrize("end", ["cancelled", "broken"])
def test_one_that_is_put_aside_may_be_cancelled_or_fail_with_its_pool(
    scene: Scene, helper: list[Callable[[], None]], end: str
) -> None:
    """Its payload comes too late then, and nobody is told twice."""
    scene.begin()
    scene.ready()
    owner = Keeper()
    (task,) = together(scene, helper, [owner])

    def meanwhile() -> None:
        if end == "cancelled":
            assert scene.core.cancel(task)
        else:
            scene.shutdown.terminate("the end", 15)
        scene.look()

    hold_up(scene, owner, meanwhile)
    run(scene, helper)
    scene.passes(1)
    ((index, told),) = owner.told
    assert index == 0
    assert told == "cancelled" if end == "cancelled" else isinstance(told, PoolBroken)
    assert task.state is (states.CANCELLED if end == "cancelled" else states.FAILED)
