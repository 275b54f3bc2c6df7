"""What callers ask of the engine from their threads: it settles what was handed over, whatever hits the caller."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_interrupts_while_tasks_are_handed_over_lose_none() -> None:
    """Ctrl-C at any moment of apply_async and get: what was handed over settles, and pools end."""
    program = Path(__file__).with_name("interrupted_program.py")
    done = subprocess.run([sys.executable, str(program), "1", "1"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
