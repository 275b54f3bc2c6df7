"""``runner``: how a program of a lesson ended is what it did, and nothing of it is left."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from repro.lessons import model, recording, runner
from repro.lessons.runner import Program, Python, ending, record, together, watch
from repro.observation import Observation, Window
from repro.observer.launch import Stage
from repro.tree import processes

HERE = Python(sys.executable, platform.python_version())

WAITS = "import threading\nprint('waits', flush=True)\nthreading.Event().wait()\n"
SPINS = "while True:\n    pass\n"
CHILD = "import os, time\nif os.fork() == 0:\n    time.sleep(60)\nos.kill(os.getpid(), 9)\n"
RAISES = "import sys\nprint('said')\nsys.stdout.flush()\nraise ValueError(3)\n"
#: Takes a Ctrl-C without ending, and ends of the second.
TWICE = """\
import time
for number in (1, 2):
    print("waits", number)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print("pressed", number)
"""


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage
        assert not list(stage.root.glob("c[0-9]*"))  # of no program anything is left


def of(tmp_path: Path, source: str, **about: object) -> tuple[model.Run, Path]:
    """A run of a program, and its lesson's folder."""
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "made.py").write_text(source)
    return model.Run(**{"name": "made", "program": "made.py", "deadline": 2.0, **about}), tmp_path  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "ends", "last"),
    [
        (WAITS, "hang", "waits"),
        (SPINS, "busy", ""),
        (CHILD, "killed by SIGKILL", ""),
        (RAISES, "exit 1", "ValueError: 3"),
        ("print('no end of line', end='')", "exit 0", "no end of line"),
    ],
)
def test_how_a_program_ends_is_seen(stage: Stage, tmp_path: Path, source: str, ends: str, last: str) -> None:
    """With what it printed, errors included, in which no place of this machine is named."""
    seen: list[float] = []
    found = watch(stage, *of(tmp_path, source), HERE, lambda program: seen.append(program.clock))
    assert found.ending == ends
    assert (found.lines[-1].text if found.lines else "") == last
    assert str(stage.root) not in found.output and "/" not in found.output.replace("<stdin>", "")
    assert seen == sorted(seen) and found.source == recording.digest(source)
    left = [one for one in processes.scan().values() if one.pid in {member.pid for member in found.seen.members}]
    assert not [one for one in left if not one.zombie]


def test_a_hang_shows_who_waits(stage: Stage, tmp_path: Path) -> None:
    """The watchdog looks at the processes before it ends them; before that, nobody worked."""
    quiet: list[float] = []
    found = watch(stage, *of(tmp_path, WAITS, deadline=3.0), HERE, lambda program: quiet.append(program.quiet))
    assert found.hangs and max(quiet) > 0
    assert [one.pid for one in found.seen.holdings] == [found.seen.main_pid] and found.seen.stacks


def test_ctrl_c_is_pressed_at_its_own_terminal(stage: Stage, tmp_path: Path) -> None:
    """As often as the lesson says, each time once all is quiet; what it prints there is read."""
    found = watch(stage, *of(tmp_path, TWICE, deadline=20.0, interrupts=2), HERE)
    assert found.ending == "exit 0" and len(found.interrupts) == 2
    words = [line.text.removeprefix("^C") for line in found.lines]
    assert [word for word in words if word] == ["waits 1", "pressed 1", "waits 2", "pressed 2"]


def test_a_run_that_is_chance_is_counted(stage: Stage, tmp_path: Path) -> None:
    """How often it ended how; the record is of one that ended as is said first."""
    source = "import os, sys\nfile = sys.argv[1]\nif os.path.exists(file):\n    sys.exit(3)\nopen(file, 'w').close()\n"
    run, folder = of(tmp_path, source, times=3, ends=("exit 3", "exit 0"), args=(str(tmp_path / "file"),))
    found = record(stage, run, folder, HERE)
    assert found.counts == {"exit 0": 1, "exit 3": 2} and found.ending == "exit 3"
    assert recording.differences(run, found) == []


def test_programs_run_together_end_as_they_would_alone(stage: Stage, tmp_path: Path) -> None:
    """Each in its own way, the answers in the order of the questions."""
    jobs = []
    for name, source in (("waits", WAITS), ("raises", RAISES), ("twice", TWICE), ("killed", CHILD)):
        (tmp_path / name).mkdir()
        about = {"interrupts": 1, "deadline": 4.0} if name == "twice" else {}
        jobs.append((*of(tmp_path / name, source, **about), HERE))
    found = together(stage, jobs, working=2)
    assert [one.ending for one in found] == ["hang", "exit 1", "hang", "killed by SIGKILL"]
    assert [len(one.interrupts) for one in found] == [0, 0, 1, 0]


def test_who_has_seen_enough_leaves_nothing(stage: Stage, tmp_path: Path) -> None:
    """A program that is closed while it runs is gone, and its directory with it."""
    run, folder = of(tmp_path, WAITS, deadline=60.0)
    program = Program(stage, run, run.source(folder), HERE)
    while not program.lines:
        assert not program.step()
    pids = {one.pid for one in program.alive}
    program.close()
    assert pids and not [one for one in processes.scan().values() if one.pid in pids and not one.zombie]
    program.result()


def test_the_end_is_in_the_words_of_lessons() -> None:
    """Each kind of end."""
    still, works = Window(1.0, 4, 0.0, 0, 3, 0), Window(1.0, 4, 900.0, 50, 3, 0)
    assert ending(Observation(deadline_passed=True, window=still)) == "hang"
    assert ending(Observation(deadline_passed=True, window=works)) == "busy"
    assert ending(Observation(exit_status=3)) == "exit 3"
    assert ending(Observation(exit_status=-15)) == "killed by SIGTERM"
    assert ending(Observation(exit_status=-40)) == "killed by signal 40"


def test_what_was_left_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what cleans for runs of the suite."""
    swept: list[int] = []
    monkeypatch.setattr("repro.observer.sweep.sweep", lambda: swept.append(1))
    runner.clean()
    assert swept == [1]


def test_a_program_runs_within_a_limit_of_memory(stage: Stage, tmp_path: Path) -> None:
    """In a memory cgroup of its own, of which nothing is left; where there is none to be had, that is said."""
    run, folder = of(tmp_path, "print(open('/proc/self/cgroup').read(), flush=True)\n", memory=64, deadline=30.0)
    if why := runner.lacks(run):
        assert "cgroup" in why
        return
    assert runner.lacks(model.Run(name="made", program="made.py")) == ""
    seen = watch(stage, run, folder, HERE)
    assert seen.ending == "exit 0" and ("repro-oom-" in seen.output or ".scope" in seen.output)


def test_who_is_started_just_before_the_end_is_ended_too(stage: Stage, tmp_path: Path) -> None:
    """What was looked at before the program's end knows nothing of him."""
    source = "import os, time\nif os.fork() == 0:\n    time.sleep(60)\nos._exit(0)\n"
    run, _ = of(tmp_path, source, deadline=30.0)
    program = Program(stage, run, source, HERE)
    before = processes.scan()
    os.waitid(os.P_PID, program._process.pid, os.WEXITED | os.WNOWAIT)
    program._watch.step(before, time.monotonic())
    while not program.step():
        time.sleep(program.pause())
    program.result()
    program.close()
    assert not [one for one in processes.scan().values() if one.session == program._process.pid]
