"""A pool keeps its size, and says so if it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safepool.core import states
from safepool.engine import workers
from tests.safepool.engine.scenes import Scene


@pytest.fixture
def demand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A pool that makes its workers when they are needed."""
    one = Scene(monkeypatch, eager=False)
    yield one
    one.close()


def test_an_eager_pool_has_its_workers_at_once(scene: Scene) -> None:
    """They are asked for before the template is there, which launches them first of all."""
    order: list[str] = []
    launch, start = scene.template.launch, scene.template.start
    scene.template.launch = lambda *a: (order.append("launch"), launch(*a))[1]  # type: ignore[method-assign]
    scene.template.start = lambda: (order.append("start"), start())[1]  # type: ignore[method-assign]
    scene.begin()
    assert order == ["launch", "launch", "start"]


def test_a_pool_on_demand_has_as_many_as_there_are_tasks(demand: Scene) -> None:
    """Up to its size; idle ones go first."""
    demand.begin()
    assert not demand.core.workers
    demand.add()
    assert len(demand.core.workers) == 1
    for _ in range(5):
        demand.add()
    assert len(demand.core.workers) == 2


def test_by_fork_the_first_worker_is_launched_with_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool on demand is about to need one; not if there is an initializer, which is to run when a task is there."""
    for setup, count in (((None, ()), 1), ((print, ()), 0)):
        scene = Scene(monkeypatch, eager=False, method="fork")
        scene.template.setup = setup  # type: ignore[assignment]
        scene.begin()
        assert len(scene.core.workers) == count
        scene.close()


def test_a_first_worker_that_cannot_be_launched_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is launched when a task needs it."""
    scene = Scene(monkeypatch, eager=False, method="fork")
    scene.template.fails = [OSError(24, "no descriptor left")]
    scene.begin()
    assert not scene.core.workers
    assert scene.core.state is states.OPEN
    scene.add()
    scene.until(lambda: scene.core.workers, within=1)
    scene.close()


def test_a_launch_that_fails_is_said_once(scene: Scene) -> None:
    """Not at each attempt; and again when it has worked in between."""
    scene.begin()
    one, other = scene.ready()
    for worker in (one, other):
        scene.template.fails = [OSError(11, "no process left") for _ in range(3)]
        scene.dies(worker)
        scene.tells(worker)
        scene.passes(1)
        scene.ready()
    assert sum("cannot start a worker now" in text for text in scene.logged) == 2


def test_no_worker_at_all_for_too_long_breaks_the_pool(scene: Scene) -> None:
    """After LAUNCH_PATIENCE seconds, with the system's reason; every task is told."""
    scene.template.fails = [OSError(11, "no process left") for _ in range(1000)]
    scene.begin()
    task = scene.add()
    took = scene.until(lambda: scene.core.state is not states.OPEN)
    assert workers.LAUNCH_PATIENCE <= took <= workers.LAUNCH_PATIENCE + 2 * workers.LAUNCH_RETRY
    scene.look()
    ((_, error),) = task.owner.told
    assert "no worker can be started: [Errno 11] no process left" in str(error)


def test_a_template_that_cannot_be_made_is_the_constructors_error(scene: Scene) -> None:
    """It raises, and it is not said that a template is being forked any more."""
    scene.template.start_fails = [OSError(11, "no process left")]
    with pytest.raises(OSError, match="no process left"):
        scene.begin()
    assert scene.staffing.forking is None


def test_who_forks_a_template_says_so(scene: Scene) -> None:
    """The hook in the child leaves this engine alone then."""
    import threading

    seen: list[int | None] = []
    start = scene.template.start
    scene.template.start = lambda: (seen.append(scene.staffing.forking), start())[1]  # type: ignore[method-assign]
    scene.begin()
    assert seen == [threading.get_ident()]
    assert scene.staffing.forking is None


def test_only_a_pool_that_can_have_no_worker_is_stranded(scene: Scene) -> None:
    """Not while there is one, not while others can be made, not when it has ended."""
    scene.begin()
    scene.ready()
    scene.staffing.check_stranded()
    scene.core.launching = False
    scene.staffing.check_stranded()
    assert scene.core.state is states.OPEN
    for worker in list(scene.core.workers.values()):
        scene.dies(worker)
    scene.passes(1)
    assert scene.core.state is not states.OPEN
    assert "there is no worker left" in str(scene.shutdown.cause)
