"""Workers are launched, known, stopped, killed, seen dead and let go; any step of that may fail, and the books stay true."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from safepool.core import states
from safepool.engine import workers
from safepool.engine.workers import Killed
from safepool.postmortem import Status
from safepool.protocol import words
from safepool.protocol.originals import System
from tests.safepool.engine.scenes import Scene


def failing(monkeypatch: pytest.MonkeyPatch, name: str, nth: int, code: int = errno.EMFILE) -> list[int]:
    """The nth call of that function of ``os`` fails; which calls there were."""
    real: Callable[..., Any] = getattr(os, name)
    calls: list[int] = []

    def call(*arguments: Any) -> Any:
        calls.append(arguments[0] if arguments else -1)
        if len(calls) == nth:
            if name == "close":
                real(*arguments)  # gone all the same
            raise OSError(code, os.strerror(code))
        return real(*arguments)

    monkeypatch.setattr(System, name, call)
    return calls


@pytest.mark.parametrize(("name", "nth"), [("pipe", 1), ("pipe", 2), ("set_blocking", 1), ("set_blocking", 2)])
def test_a_launch_that_fails_half_way_leaves_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str, nth: int
) -> None:
    """No descriptor, no slot, no worker: it is tried again later."""
    scene.begin()
    worker, _ = scene.ready()
    before = len(os.listdir("/proc/self/fd"))
    scene.workers.stop(worker, 5)  # so that one more is wanted
    with monkeypatch.context() as patch:
        failing(patch, name, nth)
        error = scene.workers.launch_wanted()
    assert error is not None
    assert error.errno == errno.EMFILE
    assert error.__traceback__ is None
    assert len(scene.core.workers) == 2
    assert len(os.listdir("/proc/self/fd")) == before
    assert scene.workers.launch_wanted() is None
    assert len(scene.core.workers) == 3


def test_a_request_that_the_template_cannot_take_leaves_nothing(scene: Scene) -> None:
    """Its socket is full: the same, whatever is raised."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.stop(worker, 5)
    before = len(os.listdir("/proc/self/fd"))
    for error in (BlockingIOError(11, "full"), KeyboardInterrupt()):
        scene.template.fails = [error]
        with pytest.raises(type(error)):
            scene.workers.launch()
        assert len(scene.core.workers) == 2
        assert len(os.listdir("/proc/self/fd")) == before
    for _ in range(4):  # every slot is there still
        scene.workers.launch()


def test_a_close_that_fails_after_the_request_is_no_failed_launch(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker will be there, and has to be watched."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.stop(worker, 5)
    with monkeypatch.context() as patch:
        failing(patch, "close", 1, errno.EIO)
        scene.workers.launch_wanted()
    (new,) = [one for one in scene.core.workers.values() if one.state is states.STARTING]
    scene.born(new).says(words.READY)
    scene.passes(5)
    assert new.state is states.IDLE


def test_a_clean_up_that_fails_leaves_the_books_true(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """close(2) may fail with EIO, the descriptor being gone all the same."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.stop(worker, 5)
    scene.template.fails = [BlockingIOError(11, "full")]
    with monkeypatch.context() as patch:
        failing(patch, "close", 1, errno.EIO)
        scene.workers.launch_wanted()
    assert len(scene.core.workers) == 2


def test_there_are_no_more_workers_than_places(scene: Scene) -> None:
    """Those that are ending keep theirs: the next one is launched when one is free."""
    scene.begin()
    for _ in range(10):
        for worker in list(scene.core.workers.values()):
            if worker.state is states.STARTING:
                scene.workers.stop(worker, 100)
        assert scene.workers.launch_wanted() is None
    assert len(scene.core.workers) == scene.workers.slots
    worker = next(iter(scene.core.workers.values()))
    scene.born(worker)
    scene.look()
    scene.dies(worker)
    scene.tells(worker, 0)
    scene.look()
    assert len(scene.core.workers) == scene.workers.slots


def test_a_new_worker_is_sent_what_it_needs_first(scene: Scene) -> None:
    """Before any task."""
    scene.template.first_message = b"prepare"
    scene.begin()
    far = next(iter(scene.far.values()))
    from safepool.protocol import wire

    assert os.read(far.task_fd, 1000) == wire.frame(words.SETUP, None, [7]) + b"prepare"


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EMFILE, "?"), OSError(errno.ENOSYS, "?"), PermissionError(1, "?")],
)
def test_a_worker_is_known_without_a_pidfd(scene: Scene, error: BaseException) -> None:
    """Living workers are not declared dead because of that."""
    scene.pidfd_fails = [error, error]
    scene.begin()
    scene.ready()
    assert all(worker.io.known and worker.io.pidfd is None for worker in scene.core.workers.values())


def test_a_pid_that_belongs_to_another_process_by_now_is_not_the_worker(scene: Scene) -> None:
    """The start time says so: the worker is dead, and the other one gets no signal."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    scene.born(worker, say=False)
    scene.living[scene.far[worker.id].pid] += 1
    assert not scene.workers.identify(worker)
    assert not worker.io.known
    assert worker.io.pidfd is None
    scene.workers.kill(worker, Killed("protocol"))
    assert scene.signals == []


def test_a_worker_that_is_dead_before_it_is_known_is_dead(scene: Scene) -> None:
    """No such process."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    scene.born(worker, say=False)
    scene.living.clear()
    assert not scene.workers.identify(worker)
    assert not scene.workers.is_alive(worker)


def test_without_a_pidfd_only_the_very_process_gets_a_signal(scene: Scene) -> None:
    """Not who has its pid by now."""
    scene.pidfd_fails = [OSError(errno.EMFILE, "?")] * 2
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.kill(worker, Killed("protocol"))
    assert len(scene.kills(worker)) == 1
    scene.living[worker.io.pid] += 1
    scene.workers.kill(worker, None)
    assert len(scene.kills(worker)) == 1


def test_a_pidfd_that_somebody_closed_is_done_without(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal goes to the pid, if that is the worker still."""

    scene.begin()
    worker, _ = scene.ready()

    def closed(_fd: int, _sig: int) -> None:
        raise OSError(errno.EBADF, "closed")

    monkeypatch.setattr(System, "pidfd_send_signal", closed)
    scene.workers.kill(worker, Killed("protocol"))
    assert len(scene.kills(worker)) == 1


def test_the_first_reason_of_a_kill_is_the_one(scene: Scene) -> None:
    """What comes later is only more of it."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.kill(worker, Killed("timeout", 1.0, 0))
    scene.workers.kill(worker, Killed("terminate"))
    scene.workers.kill(worker, None)
    assert worker.io.killed == Killed("timeout", 1.0, 0)


def test_where_we_are_pid_1_the_status_is_ours_to_take(scene: Scene) -> None:
    """The template is gone, and orphans are given to us."""
    scene.begin()
    worker, _ = scene.ready()
    scene.waited[worker.io.pid] = 9
    scene.template.lost = True
    scene.dies(worker)
    assert scene.workers.status_of(worker, scene.time) == Status(-9, 20 * 1024)
    assert scene.workers.status_of(worker, scene.time) == Status(None)


def test_a_release_gives_the_place_back_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails in it."""
    scene.begin()
    scene.ready()
    worker = scene.core.workers[0]
    with monkeypatch.context() as patch:
        failing(patch, "close", 1, errno.EIO)
        scene.workers.release(worker)
    scene.core.died(worker, 0, words.IDLE)
    slots = set()
    while len(scene.core.workers) < scene.workers.slots:
        scene.workers.launch()
        slots.add(scene.template.slots[max(scene.template.slots)])
    assert len(slots) == scene.workers.slots - 1


def test_worker_info_is_where_users_find_it() -> None:
    """In ``safepool``."""
    assert workers.WorkerInfo.__module__ == "safepool"
