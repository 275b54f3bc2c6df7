"""What a killed run left behind is ended by the next one; what is another's is not."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from repro.errors import INTERRUPTED
from repro.records import results
from repro.records.results import FILE
from tests.repro import lab
from tests.repro.cli.commands import ENDLESS, QUICK, await_records


def test_a_killed_run_loses_nothing_that_was_measured(tmp_path: Path) -> None:
    """SIGKILL to the observer: what it had measured is there, line by line, and its report says that it is not whole. The
    processes, files and cgroups that it could not remove, the next run does (the fixture checks), whoever's it is: tests run
    beside each other, so it may come before ours."""
    process = lab.start([*ENDLESS, "--scenario", "oom"], tmp_path)
    with lab.ended(process):
        await_records(tmp_path / "run" / FILE, 15, process)  # what ends by itself has ended: the other nine hang
        assert of_its_cells(process)
        process.kill()
        process.communicate(timeout=lab.DEADLINE)
    stored = results.read(tmp_path / "run")
    assert stored.footer is None
    assert len(stored.cells) >= 2
    report = lab.command("report", "run", cwd=tmp_path)
    assert report.returncode == 0
    assert "What the caller saw" in report.stdout
    assert report.stdout.startswith(f"This run was cut short: {len(stored.cells)} of its 24 cells were run")
    assert lab.command(*QUICK, "--output", "next", cwd=tmp_path).returncode == 0


def test_a_run_leaves_another_alone(tmp_path: Path) -> None:
    """A run that begins and ends beside another touches nothing of it: only what is nobody's is swept."""
    process = lab.start(ENDLESS, tmp_path)
    with lab.ended(process):
        await_records(tmp_path / "run" / FILE, 12, process)  # what ends by itself has ended: the other six hang
        hung = of_its_cells(process)
        assert hung
        assert lab.command(*QUICK, "--output", "beside", cwd=tmp_path).returncode == 0
        assert hung <= set(lab.marked())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=lab.DEADLINE)
    assert process.returncode == INTERRUPTED
    assert all(cell["verdict"] in ("completed", "raised") for cell in results.read(tmp_path / "run").cells)


def of_its_cells(process: subprocess.Popen[str]) -> set[int]:
    """The processes of a run's cells: they have sessions of their own."""
    return {pid for pid in lab.marked() if os.getsid(pid) != process.pid}
