"""Ends: of a pool that is terminated while somebody waits, and of one that could not start."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from pathlib import Path

import pytest

from safepool import Pool, PoolBroken
from safepool.core import decisions, states
from safepool.engine import shutdown
from safepool.protocol import words
from tests.safepool.core.cores import all_left
from tests.safepool.engine.interruptions import interruptions
from tests.safepool.engine.scenes import Scene
from tests.safepool.tasks import FORK, run_then_wait, square, wait_for_file

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_get_ends_when_another_thread_terminates(tmp_path: Path) -> None:
    """The waiting thread gets PoolBroken."""
    pool = Pool(1, context=FORK)
    marker = tmp_path / "runs"
    result = pool.apply_async(run_then_wait, (str(marker), str(tmp_path / "never")))
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            result.get(30)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_for_file(str(marker))
    pool.terminate()
    thread.join(30)
    pool.join()
    assert [type(error) for error in caught] == [PoolBroken]


def test_an_initializer_that_raises_breaks_the_pool_with_its_traceback(
    context: multiprocessing.context.BaseContext,
) -> None:
    """At the first failure, not after a storm of respawns."""
    pool = Pool(2, int, ("no number",), context=context)
    with pytest.raises(PoolBroken, match="no number") as caught:
        pool.apply(square, (1,))
    assert "ValueError" in str(caught.value.__cause__)
    pool.close()
    pool.join()


# ---- with nobody in it but the parts


def test_closed_and_drained_its_workers_are_asked_to_end(scene: Scene) -> None:
    """Not before everything is done; then each, with the time of the pool to do so; the pool is closed when they have."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.shutdown.close()
    scene.look()
    assert [one.state for one in scene.core.workers.values()].count(states.STOPPING) == 0
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["done"]))
    scene.look()
    assert task.owner.told == [(0, "done")]
    found = list(scene.core.workers.values())
    assert [one.state for one in found] == [states.STOPPING] * 2
    for one in found:
        assert scene.far[one.id].gets()[-1] == (words.STOP, None)
        scene.dies(one)
        scene.tells(one, 0)
    scene.look()
    assert scene.core.state is states.CLOSED
    assert scene.deaths == []
    assert scene.signals == []


def test_a_worker_that_is_still_starting_is_asked_too(scene: Scene) -> None:
    """It reads that when it comes to it."""
    scene.begin()
    scene.shutdown.close()
    scene.look()
    for worker in scene.core.workers.values():
        assert worker.state is states.STOPPING
        assert scene.far[worker.id].gets() == [(words.STOP, None)]


def test_a_call_that_still_makes_tasks_keeps_a_closed_pool_alive(scene: Scene) -> None:
    """An imap whose generator goes on."""
    scene.begin()
    scene.ready()
    scene.core.producers = 1
    scene.shutdown.close()
    scene.passes(3)
    assert {one.state for one in scene.core.workers.values()} == {states.IDLE}
    scene.core.producers = 0
    scene.look()
    assert {one.state for one in scene.core.workers.values()} == {states.STOPPING}


def test_a_worker_that_takes_longer_than_its_time_is_killed_and_listed(scene: Scene) -> None:
    """After ``exit_timeout``: first SIGTERM, soon SIGKILL; and it is said so."""
    scene.begin()
    worker, other = scene.ready()
    scene.shutdown.close()
    scene.look()
    scene.dies(other)
    scene.tells(other, 0)
    took = scene.until(lambda: scene.kills(worker, signal.SIGTERM))
    assert scene.shutdown.exit_timeout - 0.1 <= took <= scene.shutdown.exit_timeout + 0.1
    scene.until(lambda: scene.kills(worker), within=1)
    scene.dies(worker)
    scene.tells(worker)
    scene.until(lambda: scene.core.state is states.CLOSED, within=1)
    assert [death.cause for death in scene.deaths] == ["terminated"]


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_terminated_everybody_is_told_at_once(scene: Scene, sig: int) -> None:
    """Tasks fail with PoolBroken, each error its own; busy workers get the signal, and soon SIGKILL, again and again."""
    scene.begin()
    scene.ready()
    tasks = [scene.add() for _ in range(5)]
    busy = [task.worker for task in tasks if task.worker is not None]
    scene.shutdown.terminate("for a test", sig)
    scene.shutdown.terminate("again", sig)
    scene.look()
    errors = [error for task in tasks for _, error in task.owner.told]
    assert [str(error) for error in errors] == ["for a test"] * 5
    assert {type(error) for error in errors} == {PoolBroken}
    assert len(set(map(id, errors))) == 5
    for worker in busy:
        assert len(scene.kills(worker, sig)) >= 1
        scene.until(lambda worker=worker: scene.kills(worker), within=1)  # type: ignore[misc]
        scene.dies(worker)
        scene.tells(worker)
    scene.until(lambda: scene.core.state is states.CLOSED, within=2)
    assert not scene.core.tasks


def test_terminated_idle_workers_have_a_moment(scene: Scene) -> None:
    """For exit handlers, semaphores, coverage data: a STOP first, and SIGTERM if that does not do."""
    scene.begin()
    worker, _ = scene.ready()
    scene.shutdown.terminate("for a test", signal.SIGTERM)
    scene.look()
    assert scene.far[worker.id].gets() == [(words.STOP, None)]
    assert scene.signals == []
    took = scene.until(lambda: scene.kills(worker, signal.SIGTERM))
    assert took <= 0.2
    scene.until(lambda: scene.kills(worker), within=1)


def test_a_broken_pool_says_why_to_everybody(scene: Scene) -> None:
    """With its cause; a fresh error each time, since each caller adds his traceback; the first reason is the one."""
    scene.begin()
    scene.ready()
    task = scene.add()
    cause = ValueError("the reason")
    scene.shutdown.break_("it broke", "test", cause)
    scene.shutdown.break_("again", "other")
    scene.shutdown.terminate("terminated", signal.SIGTERM)
    scene.look()
    ((_, error),) = task.owner.told
    assert (str(error), error.reason, error.__cause__) == ("it broke", "test", cause)
    one, other = scene.shutdown.broken_error(), scene.shutdown.failure()
    assert one is not other
    assert (str(one), str(other)) == ("it broke", "it broke")
    assert one is not None
    assert one.__traceback__ is None


def test_a_pool_that_is_whole_has_no_error(scene: Scene) -> None:
    """But there is one for who needs one all the same."""
    assert scene.shutdown.broken_error() is None
    assert isinstance(scene.shutdown.failure(), PoolBroken)


def test_a_template_that_does_not_end_is_killed(scene: Scene) -> None:
    """And one that cannot even be killed holds up nobody."""
    scene.begin()
    pid = scene.template.pid or 0
    scene.living[pid] = 1
    began = scene.time
    scene.shutdown.end_templates()
    assert scene.time - began < 3
    assert (pid, signal.SIGKILL) in [(who, sig) for _, who, sig in scene.signals]


def test_interrupted_while_it_breaks_every_owner_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """terminate() is worked off by whichever caller has the engine, and a handler may raise there, at any point."""
    wrong = []
    for at in interruptions((decisions, shutdown)):
        with monkeypatch.context() as patch:
            scene = Scene(patch)
            scene.begin()
            scene.ready()
            tasks = [scene.add() for _ in range(4)]
            at.call(scene.turns.ask, scene.shutdown.terminate, "for a test", signal.SIGTERM)
            scene.look()
            left = all_left(scene.core)  # told at the very end
            if any(not task.owner.told and task not in left for task in tasks):
                wrong.append(at.where)
            scene.close()
    assert wrong == []
