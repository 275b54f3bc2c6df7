"""What the template says, and what is done when it says nothing more."""

from __future__ import annotations

import pytest

from safepool.core import states
from safepool.engine import workers
from safepool.protocol import control, words
from tests.safepool.engine.scenes import TEMPLATE, Scene


def test_launched_makes_a_worker_known(scene: Scene) -> None:
    """A child of the template with that pid: should it say nothing itself, it is watched all the same, soon."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    scene.living[TEMPLATE + 99] = 7
    scene.parents[TEMPLATE + 99] = scene.template.pid or 0
    scene.template.say(control.LAUNCHED, worker.id, TEMPLATE + 99)
    scene.look()
    assert worker.io.answered is not None
    took = scene.until(lambda: worker.io.known)
    assert took <= 2 * workers.LOOK_EVERY
    assert (worker.io.pid, worker.io.started, worker.io.known) == (TEMPLATE + 99, 7, True)


def test_a_pid_that_is_somebody_elses_by_now_is_not_watched(scene: Scene) -> None:
    """The report came late: no child of the template has that pid."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    scene.living[TEMPLATE + 99] = 7
    scene.parents[TEMPLATE + 99] = 1
    scene.template.say(control.LAUNCHED, worker.id, TEMPLATE + 99)
    scene.look()
    assert not worker.io.known
    assert scene.alive(worker)


def test_a_launch_that_failed_is_done_again(scene: Scene) -> None:
    """After the pause; the one that failed never was, and is no death."""
    scene.begin()
    one, other = scene.core.workers.values()
    scene.template.say(control.FAILED, one.id, 11)
    scene.look()
    assert not scene.alive(one)
    assert len(scene.core.workers) == 1
    took = scene.until(lambda: len(scene.core.workers) == 2)
    assert took <= workers.LAUNCH_RETRY + 0.01
    assert scene.deaths == []
    assert scene.alive(other)
    assert "cannot start a worker now" in scene.logged[0]


def test_launches_that_fail_for_long_break_a_pool_without_workers(scene: Scene) -> None:
    """After LAUNCH_PATIENCE seconds without any; the reason is said."""
    scene.begin()
    began = scene.time
    while scene.core.state is states.OPEN:
        assert scene.time < began + 10
        for worker in list(scene.core.workers.values()):
            scene.template.say(control.FAILED, worker.id, 11)
        scene.passes(0.05)
    assert scene.time - began >= workers.LAUNCH_PATIENCE
    assert "no worker can be started" in str(scene.shutdown.cause)


def test_a_stranger_is_launched_again(scene: Scene) -> None:
    """The template never got the request: at once, in another place."""
    scene.begin()
    one, other = scene.core.workers.values()
    scene.template.say(control.STRANGER, one.id)
    scene.look()
    assert not scene.alive(one)
    assert scene.alive(other)
    assert len(scene.template.launched) == 3
    assert scene.deaths == []


def test_a_stranger_that_has_said_who_it_is_lives(scene: Scene) -> None:
    """The template has forgotten it, or is a new one."""
    scene.begin()
    one, _ = scene.ready()
    scene.template.say(control.STRANGER, one.id)
    scene.look()
    assert scene.alive(one)


def test_a_death_that_nobody_can_explain_is_a_death(scene: Scene) -> None:
    """Somebody else has reaped it."""
    scene.begin()
    task_worker, _ = scene.ready()
    task = scene.add()
    worker = task.worker or task_worker
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.dies(worker)
    scene.template.say(control.DIED, worker.id, 0, control.NO_STATUS, 0)
    scene.look()
    assert not scene.alive(worker)
    ((_, error),) = task.owner.told
    assert (error.exitcode, error.cause) == (None, "unknown")


def test_a_living_worker_is_not_buried_though_the_template_knows_no_such_child(scene: Scene) -> None:
    """wait4(2) said so in the template, once. The parent watches the process itself, and sees its end when it comes."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.template.say(control.DIED, worker.id, scene.far[worker.id].pid, control.NO_STATUS, 0)
    scene.look()
    assert scene.alive(worker)
    assert task.owner.told == []
    scene.dies(worker)
    scene.until(lambda: not scene.alive(worker))


@pytest.mark.parametrize("operation", [control.LAUNCHED, control.ALIVE, control.FAILED, control.STRANGER, control.DIED])
def test_reports_of_workers_that_are_gone_say_nothing(scene: Scene, operation: int) -> None:
    """They were buried a moment ago; or never were."""
    scene.begin()
    scene.ready()
    scene.template.say(operation, 77, 1, 2, 3)
    scene.look()
    assert len(scene.core.workers) == 2
    assert scene.core.state is states.OPEN
    assert scene.logged == []


def test_the_cgroup_of_a_dead_worker_is_kept_for_its_autopsy(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes before the death."""
    asked: list[str | None] = []
    monkeypatch.setattr(scene.burial._oom, "verdict", lambda cgroup: (asked.append(cgroup), (None, None))[1])
    scene.begin()
    worker, _ = scene.ready()
    scene.template.say(control.CGROUP, worker.id, 6, text=b"0::/ab")
    scene.dies(worker)
    scene.tells(worker)
    scene.look()
    assert asked == ["0::/ab"]


@pytest.mark.parametrize("text", ["Traceback\nValueError: no number\n", "", "\n \n"])
def test_a_template_that_cannot_prepare_itself_breaks_the_pool(scene: Scene, text: str) -> None:
    """With the last line of its traceback, if there is one."""
    scene.begin()
    scene.template.say(control.BROKEN, text=text.encode())
    scene.look()
    assert scene.core.state is not states.OPEN
    assert ("no number" if text.strip() else "no reason given") in str(scene.shutdown.cause)


def test_trouble_is_logged_and_nothing_else(scene: Scene) -> None:
    """Bytes that are no text included."""
    scene.begin()
    scene.template.say(control.TROUBLE, text=b"\xff what")
    scene.look()
    assert "what" in scene.logged[0]
    assert scene.core.state is states.OPEN


def test_a_template_that_dies_is_replaced_and_its_workers_live_on(scene: Scene) -> None:
    """Those that were not yet born are launched by the next one."""
    scene.begin()
    first, second = scene.core.workers.values()
    scene.born(first).says(words.READY)
    scene.look()
    scene.template.dies()
    scene.look()
    assert scene.template.started == 2
    assert scene.alive(first)
    assert not scene.alive(second)
    assert len(scene.core.workers) == 2
    assert scene.template.launched == [0, 1, 2]


def test_a_worker_that_died_with_its_template_is_buried(scene: Scene) -> None:
    """Nobody can tell its status any more."""
    scene.begin()
    worker, _ = scene.ready()
    task = scene.add()
    worker = task.worker or worker
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.template.dies()
    scene.dies(worker)
    scene.look()
    scene.until(lambda: not scene.alive(worker), within=workers.STATUS_WITHIN + 0.01)
    ((_, error),) = task.owner.told
    assert error.exitcode is None


def test_a_template_that_cannot_be_replaced_breaks_the_pool(scene: Scene) -> None:
    """No process left: the error says so, and keeps no traceback of ours."""
    scene.begin()
    scene.ready()
    scene.template.start_fails = [OSError(11, "no process left")]
    scene.template.dies()
    scene.look()
    assert "cannot be replaced" in str(scene.shutdown.cause)
    assert scene.shutdown.cause is not None
    assert scene.shutdown.cause.__cause__.__traceback__ is None  # type: ignore[union-attr]


def test_a_template_that_dies_again_and_again_is_given_up(scene: Scene) -> None:
    """A bounded number of times; the workers that are there go on, and the pool breaks when the last one is gone."""
    scene.begin()
    first, second = scene.ready()
    for _ in range(20):
        if scene.template.pipe:
            scene.template.dies()
        scene.look()
    assert scene.template.started <= 4 + 2 * scene.core.size
    assert scene.core.state is states.OPEN
    scene.dies(first)
    scene.passes(1)
    assert scene.core.state is states.OPEN
    scene.dies(second)
    scene.until(lambda: scene.core.state is not states.OPEN, within=2)
    assert "there is no worker left" in str(scene.shutdown.cause)


def test_by_fork_there_is_no_other_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads run by now: the workers that are there go on; with none, the pool is broken within a second, and says why."""
    scene = Scene(monkeypatch, method="fork")
    scene.begin()
    scene.template.dies()
    scene.look()
    assert scene.template.started == 1
    assert scene.core.state is not states.OPEN
    assert "fork" in str(scene.shutdown.cause)
    scene.close()


def test_the_place_of_a_worker_that_may_yet_be_born_is_not_given_away_at_once(scene: Scene) -> None:
    """A worker that is launched late notes itself in its slot, whoever has that by then."""
    scene.begin()
    lost = list(scene.core.workers.values())
    scene.template.dies()
    scene.look()
    now = [worker for worker in scene.core.workers.values() if worker not in lost]
    assert now
    assert not {scene.template.slots[worker.id] for worker in lost} & {scene.template.slots[one.id] for one in now}
