"""What callers ask of the engine from their threads: it settles what was handed over, whatever hits the caller."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool
from tests.safepool.tasks import FORK, run_then_wait, wait_for_file

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_workers_are_shown_with_their_task(tmp_path: Path) -> None:
    """pid, state, the task in hand and memory."""
    with Pool(1, context=FORK) as pool:
        marker, gate = tmp_path / "runs", tmp_path / "gate"
        result = pool.apply_async(run_then_wait, (str(marker), str(gate)))
        wait_for_file(str(marker))
        (worker,) = pool.workers
        assert worker.state == "busy"
        assert worker.task is not None
        assert worker.task.startswith("run_then_wait(")
        assert worker.memory is None or worker.memory > 0
        gate.touch()
        assert result.get(30) == worker.pid
    pool.join()


class Changing:
    """A core that is about to change: the first look at it shows no idle worker, later ones what is there by now."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self.looks = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    @property
    def idle(self) -> Any:
        self.looks += 1
        return {} if self.looks == 1 else self._core.idle


def test_a_worker_that_becomes_idle_as_a_task_comes_gets_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All were busy, so the task is a message. Who left it looks again, since who made a worker idle may not have seen it."""
    with Pool(1, context=FORK) as pool:
        assert pool.apply(abs, (-1,)) == 1
        engine = pool._engine
        monkeypatch.setattr(engine, "core", Changing(engine.core))
        result = pool.apply_async(abs, (-2,))
        assert not engine._turns.inbox
        assert result.get(30) == 2
        assert engine.core.looks > 1
    pool.join()


def test_an_answer_is_not_left_for_a_caller_who_submits_again(tmp_path: Path) -> None:
    """He was expected to read it himself; the next call says that he does not come, also where all workers are busy."""
    with Pool(1, context=FORK) as pool:
        marker, gate = tmp_path / "runs", tmp_path / "gate"
        first = pool.apply_async(run_then_wait, (str(marker), str(gate)))
        wait_for_file(str(marker))
        pool._engine._fast.expected = first._task
        second = pool.apply_async(abs, (-2,))
        assert pool._engine._fast.expected is None
        gate.touch()
        assert second.get(30) == 2
    pool.join()


def test_interrupts_while_tasks_are_handed_over_lose_none() -> None:
    """Ctrl-C at any moment of apply_async and get: what was handed over settles, and pools end."""
    program = Path(__file__).with_name("interrupted_program.py")
    done = subprocess.run([sys.executable, str(program), "1", "1"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
