"""Deadlines: who is over its time is ended, and nobody else pays for it."""

from __future__ import annotations

import functools
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool, TaskTimeout, WorkerDied
from safepool.worker import answers, loop
from tests.safepool.tasks import FORK, run_then_wait, square, wait_for_file

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def stop_here(path: str) -> None:
    Path(path).touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def test_a_timeout_ends_a_stopped_task_and_is_not_retried(tmp_path: Path) -> None:
    """SIGSTOP is no exception; the pool's own kill is no death that retries are for."""
    with Pool(2, context=FORK) as pool:
        with pytest.raises(TaskTimeout) as caught:
            pool.options(timeout=0.2, retries=3).apply(stop_here, (str(tmp_path / "mark"),))
        assert caught.value.attempts == 1
        assert [death.cause for death in pool.deaths] == ["timeout"]
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    pool.join()


def take_long_and_slow_the_clock() -> None:
    """Run for 0.6 s; from then on this worker needs 0.3 s for its look at the clock between two tasks."""

    class Clock:
        @staticmethod
        def monotonic_ns() -> int:
            time.sleep(0.3)
            return time.monotonic_ns()

    time.sleep(0.6)
    loop.time = Clock  # type: ignore[assignment]


def test_a_task_does_not_inherit_the_time_of_the_one_before_it() -> None:
    """A worker is held up just before it begins a task: the timeout counts from there, not from the beginning of the last one."""
    with Pool(1, context=FORK) as pool:
        pool.apply(take_long_and_slow_the_clock)
        assert pool.options(timeout=0.5).apply(square, (3,)) == 9
    pool.join()


def pass_the_gate(folder: str, x: int) -> int:
    """Item 0 waits for the gate. Item 1 says that it runs, and waits for ever; a second time it returns."""
    if x == 0:
        wait_for_file(folder + "/gate")
    elif not os.path.exists(folder + "/runs"):
        run_then_wait(folder + "/runs", folder + "/never")
    return x


@pytest.mark.parametrize("retries", [0, 1])
def test_a_kill_that_comes_too_late_is_not_said_to_be_the_next_tasks_timeout(tmp_path: Path, retries: int) -> None:
    """A task is over its timeout and ends before the SIGKILL arrives: what is hit was not too slow, and retries are for that."""
    with Pool(1, context=FORK) as pool:
        kill = pool._engine._kill

        def kill_late(worker: Any, why: Any, sig: int = signal.SIGKILL) -> None:
            (tmp_path / "gate").touch()
            wait_for_file(str(tmp_path / "runs"))
            kill(worker, why, sig)

        pool._engine._kill = kill_late  # type: ignore[method-assign]
        task = functools.partial(pass_the_gate, str(tmp_path))
        first, second = pool.options(timeout=0.2, retries=retries).map(task, range(2), 2, return_exceptions=True)
        assert first == 0
        if retries:
            assert second == 1
        else:
            assert type(second) is WorkerDied
            assert "for the task before this one, which was over its timeout" in str(second)
            assert (second.index, second.cause) == (1, "timeout")
    pool.join()


def test_tasks_behind_a_long_one_go_to_another_worker(tmp_path: Path) -> None:
    """A batch was sent on the belief that all tasks are tiny; one of them is not: the rest does not wait for it."""
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(2000), chunksize=1)  # now tasks are believed to be tiny
        marker, gate = tmp_path / "runs", tmp_path / "gate"
        long = pool.apply_async(run_then_wait, (str(marker), str(gate)))
        short = [pool.apply_async(square, (i,)) for i in range(500)]
        assert [r.get(30) for r in short] == [i * i for i in range(500)]
        assert not long.ready()
        gate.touch()
        long.get(30)
    pool.join()


def gated(x: int) -> int:
    """Items below 0 wait for the gate that the environment names."""
    if x < 0:
        run_then_wait(os.environ["SAFEPOOL_TEST_MARKER"], os.environ["SAFEPOOL_TEST_GATE"])
    return x


def test_items_of_imap_that_travel_with_a_long_one_go_to_another_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """imap sends tiny items together; if one of them takes long after all, those behind it do not wait for it."""
    gate = tmp_path / "gate"
    monkeypatch.setenv("SAFEPOOL_TEST_MARKER", str(tmp_path / "runs"))
    monkeypatch.setenv("SAFEPOOL_TEST_GATE", str(gate))
    with Pool(2, context=FORK) as pool:
        for _ in pool.imap_unordered(gated, range(5000)):
            pass  # now items are believed to be tiny
        items = [*range(1000), -1, *range(1000, 2000)]
        results = pool.imap_unordered(gated, items)
        assert sorted(next(results) for _ in range(2000)) == list(range(2000))
        gate.touch()
        assert list(results) == [-1]
        assert list(pool.imap(gated, range(5000))) == list(range(5000))
    pool.join()


def test_a_stopped_idle_worker_holds_nothing_up() -> None:
    """Tasks that it was given and has not begun are taken back."""
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(10))
        os.kill(pool.workers[0].pid, signal.SIGSTOP)
        assert pool.map(square, range(100), chunksize=1) == [i * i for i in range(100)]
    pool.join()


_slow_to_go_on = False


def append_number(place: tuple[str, int, bool]) -> int:
    """Note that it ran; ``long``: take 0.1 s, and let this worker rest after its next answer."""
    global _slow_to_go_on
    path, number, long = place
    with open(path, "a") as file:
        file.write(f"{number} ")
    if long:
        _slow_to_go_on = True
        time.sleep(0.1)
    return number


def test_what_was_taken_back_twice_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that gets no processor time after an answer is taken back what it holds, and then what it got since."""
    send = answers.Channel.send

    def send_and_rest(channel: answers.Channel, *message: object) -> None:
        global _slow_to_go_on
        send(channel, *message)  # type: ignore[arg-type]
        if _slow_to_go_on:
            _slow_to_go_on = False
            time.sleep(0.6)

    monkeypatch.setattr(answers.Channel, "send", send_and_rest)
    path = str(tmp_path / "ran")
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(2000), chunksize=1)  # now tasks are believed to be tiny
        pool.map(append_number, [(path, number, number == 1) for number in range(40)], chunksize=1)
        pool.map(append_number, [(path, number, False) for number in range(40, 61)], chunksize=1)
        pool.close()  # and so each worker comes to its end by itself, and by what it had been sent
        pool.join()
    assert sorted(map(int, Path(path).read_text().split())) == list(range(61))
