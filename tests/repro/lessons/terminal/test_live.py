"""``live``: a program is shown while it runs, and can be left; a recorded one is shown as it was."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from repro.lessons import model
from repro.lessons.runner import Python
from repro.lessons.terminal import live
from repro.observer.launch import Stage
from tests.repro.lessons.recorded import HANG
from tests.repro.lessons.terminal.fake import FakeConsole

HERE = Python(sys.executable, platform.python_version())


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage
        assert not list(stage.root.glob("c[0-9]*"))  # of no program anything is left


def of(tmp_path: Path, source: str, **about: object) -> tuple[model.Run, Path]:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "made.py").write_text(source)
    return model.Run(**{"name": "made", "program": "made.py", "deadline": 60.0, **about}), tmp_path  # type: ignore[arg-type]


def test_a_program_is_shown_while_it_runs(stage: Stage, tmp_path: Path) -> None:
    """What it prints, with times; a clock; and what it was, at the end."""
    console = FakeConsole()
    found = live.run(console, stage, *of(tmp_path, "print('input 3', flush=True)"), HERE, "en")
    assert found is not None and found.ending == "exit 0"
    assert [line.split(" s  ")[1] for line in console.shown] == ["input 3"]
    assert any("watchdog: 60 s" in state for state in console.states) and console.states[-1] == ""


def test_a_program_can_be_left(stage: Stage, tmp_path: Path) -> None:
    """Nothing of it is left."""
    console = FakeConsole(["x", "q"])
    run, folder = of(tmp_path, "import time\ntime.sleep(60)")
    assert live.run(console, stage, run, folder, HERE, "en") is None


def test_ctrl_c_goes_to_the_program_and_is_counted(stage: Stage, tmp_path: Path) -> None:
    """Where the lesson is about that; the terminal gives it as a key, and only then."""
    source = "import time\ntry:\n    print('waits', flush=True)\n    time.sleep(60)\n"
    source += "except KeyboardInterrupt:\n    print('pressed')\n"

    class Presses(FakeConsole):
        def key(self, wait: float | None = None) -> str:
            return "interrupt" if any("waits" in line for line in self.shown) and len(self.shown) < 3 else ""

    console = Presses()
    found = live.run(console, stage, *of(tmp_path, source, interrupts=1), HERE, "en")
    assert found is not None and found.ending == "exit 0" and len(found.interrupts) == 1
    assert any("pressed" in line for line in console.shown) and any("Ctrl-C (1)" in line for line in console.shown)
    assert console.raws == [True, False]
    assert "[q] leaves it" in console.shown[0]


def test_a_recorded_run_is_shown_in_its_time_and_can_be_cut_short() -> None:
    """Every line comes, whichever key; one key leaves it."""
    console = FakeConsole(["on"])
    assert live.replay(console, HANG, "en")
    assert console.shown == ["  0.5 s  input 1", "  0.5 s  input 3"]
    assert "recorded on 2026-11-28" in console.states[0]
    assert not live.replay(FakeConsole(["q"]), HANG, "en")
    whole = FakeConsole()
    assert live.replay(whole, replace(HANG, seconds=0.2, lines=(replace(HANG.lines[0], at=0.1),)), "en")
    assert whole.shown == ["  0.1 s  input 1"]
