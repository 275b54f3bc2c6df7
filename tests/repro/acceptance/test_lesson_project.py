"""The project of lesson 11: what its text says of the solution's pool, and of the standard one, is so."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from repro.lessons import library, model
from repro.lessons.runner import Python, together
from repro.observer.launch import Stage
from repro.records import results
from repro.records.judged import judged
from tests.repro import lab

FOLDER = library.folders()[11] / "exercise" / "solution"

#: Task 2's worker is stopped when half of its result is sent.
HALF = f"""\
import os, signal, sys
from multiprocessing.connection import Connection

sys.path.insert(0, {str(FOLDER)!r})
from mypool import Pool

whole = Connection._send


def half(self, data, *others):
    whole(self, data[: len(data) // 2], *others)
    os.kill(os.getpid(), signal.SIGSTOP)


def task(number):
    if number == 2:
        Connection._send = half
    return number


if __name__ == "__main__":
    print(Pool(3).outcomes(task, [1, 2, 3]), flush=True)
"""


@pytest.mark.timeout(240)
def test_the_suite_has_the_last_word(tmp_path: Path) -> None:
    """Of three faults the standard Pool hangs in each, and the pool of 150 lines tells its caller of each."""
    file = FOLDER / "mypool.py"
    assert len(file.read_text("utf-8").splitlines()) <= 150
    scenarios = [word for name in ("sys-exit", "sigkill", "grandchild") for word in ("--scenario", name)]
    pools = ["--pool", "multiprocessing.Pool", "--operation", "map", "--pool", file, "--operation", "outcomes"]
    done = lab.command("run", *scenarios, *pools, "--start-method", "fork", "--output", tmp_path / "run", cwd=tmp_path)
    found = [("mypool" in one.pool, str(one.judgement.verdict)) for one in judged(results.read(tmp_path / "run"))]
    assert sorted(found) == [*[(False, "hang")] * 3, *[(True, "raised")] * 3], done.stdout + done.stderr


@pytest.mark.timeout(120)
def test_half_a_message_keeps_everybody_waiting(tmp_path: Path) -> None:
    """The parent sits in ``recv``: that of the small pool is not kept."""
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "half.py").write_text(HALF)
    run = model.Run("half", "half.py", deadline=10.0)
    with Stage() as stage:
        [one] = together(stage, [(run, tmp_path, Python(sys.executable, platform.python_version()))], working=1)
    stack = one.seen.stacks[str(one.seen.main_pid)]
    assert one.ending == model.HANG and "in recv" in stack and "in answer" in stack
