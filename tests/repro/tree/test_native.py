"""Native stacks: py-spy is asked for the processes of a hanging cell, one by one and within a time; what fails is a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro.observation import FAILED
from repro.tree import native
from tests.repro import lab

PRINTED = """\
Process 7: /usr/bin/python3.13 -m program
Python v3.13.0 (/usr/bin/python3.13)

Thread 7 (idle): "MainThread"
    read (libc.so.6)
    os_read (libpython3.13.so.1.0)
    Connection._recv (multiprocessing/connection.py:395)
    run (/home/somebody/program.py:3)
Thread 8 (idle): "Thread-1"
    poll (libc.so.6)
"""


def test_stacks_are_kept_without_the_rest() -> None:
    """Threads and their frames; not the command line and the folders of somebody's disk."""
    text = native.compact(PRINTED, 0)
    assert text.startswith('Thread 7 (idle): "MainThread"\n    read (libc.so.6)\n')
    assert "Process 7" not in text
    assert "/home" not in text
    assert text.count("Thread ") == 2


def test_only_the_innermost_frames_are_kept() -> None:
    """A deep recursion is told by its end."""
    text = native.compact("Thread 7 (idle)\n" + "".join(f"    f{number} (x.c)\n" for number in range(100)), 0)
    assert text.splitlines()[1:] == [f"    f{number} (x.c)" for number in range(native.FRAMES_KEPT)]


@pytest.mark.parametrize(
    ("printed", "status", "sentence"),
    [
        (
            "Error: Permission Denied: Try running again with elevated permissions\n",
            1,
            "Permission Denied: Try running again",
        ),
        ("Error: Failed to find python version\nReason: Unsupported version 3.99\n", 1, "Unsupported version 3.99"),
        (
            "Error: it failed\n\nCaused by:\n    0: Failed to attach\n    1: EPERM: Operation not permitted\n",
            1,
            "EPERM: Op",
        ),
        ("Error: Failed to find python version\n\nStack backtrace:\n   0: main\n", 1, "Failed to find python version"),
        ("", 3, "it printed nothing, status 3"),
        ("", 0, "it printed nothing, status 0"),
    ],
)
def test_a_failure_is_a_sentence(printed: str, status: int, sentence: str) -> None:
    """What py-spy said last, behind the words by which a reader knows that there is no stack."""
    assert native.compact(printed, status).startswith(f"{FAILED}py-spy: {sentence}")


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A py-spy that prints its arguments as a stack, fails for pid 13, and never ends for pid 14."""
    path = tmp_path / "py-spy"
    path.write_text(
        f"#!{sys.executable}\nimport sys, time\n"
        "if sys.argv[-1] == '13': sys.exit('Error: EPERM: Operation not permitted')\n"
        "if sys.argv[-1] == '14': time.sleep(1000)\n"
        "print('Thread', *sys.argv[1:]); print('    f (x.c)')\n"
    )
    path.chmod(0o755)
    return path


def all_of(dumps: native.Dumps, alive: set[int]) -> dict[str, str]:
    end = time.monotonic() + lab.DEADLINE
    while not dumps.step(alive):
        assert time.monotonic() < end
        time.sleep(0.01)
    return dumps.found


def test_each_process_is_asked_if_it_still_lives(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is gone is not asked (its number may be another's by now); failures and lateness stand in place of a stack."""
    monkeypatch.setattr(native, "EACH_WITHIN", 5.0)
    assert all_of(native.Dumps([11, 12, 13], str(stand_in)), alive={11, 13}) == {
        "11": "Thread dump --native --pid 11\n    f (x.c)\n",
        "13": f"{FAILED}py-spy: EPERM: Operation not permitted",
    }
    monkeypatch.setattr(native, "EACH_WITHIN", 0.2)
    assert all_of(native.Dumps([14], str(stand_in)), alive={14}) == {
        "14": f"{FAILED}py-spy did not answer within 0.2 s"
    }


def test_a_storm_is_asked_a_few_times(stand_in: Path) -> None:
    """Of hundreds of processes the first ones are asked."""
    assert len(all_of(native.Dumps(list(range(100, 200)), str(stand_in)), set(range(100, 200)))) == native.PROCESSES


def test_a_close_ends_what_runs(stand_in: Path) -> None:
    """Ctrl-C in the middle of a dump leaves no process behind, and asks nobody else."""
    dumps = native.Dumps([14, 11], str(stand_in))
    assert dumps.step({11, 14}) is False
    assert dumps._running is not None
    pid = dumps._running[1].pid
    dumps.close()
    assert not os.path.exists(f"/proc/{pid}")
    assert dumps.step({11, 14}) is True
    assert list(dumps.found) == ["14"]


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    """A tool that is gone is a sentence, too."""
    dumps = native.Dumps([11], str(tmp_path / "nowhere"))
    assert dumps.step({11}) is True
    assert dumps.found["11"].startswith(f"{FAILED}py-spy could not be started: No such file")


@pytest.mark.parametrize("there", [True, False])
def test_a_hanging_cell_is_asked_where_the_extra_is(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """With it, the stacks of the cell's processes and of no others are recorded beside their own; without it nothing changes."""
    from repro.observer import scheduler
    from repro.plan import matrix

    monkeypatch.setattr(native, "tool", lambda: str(stand_in) if there else None)
    from repro.plan import interpreters

    scenarios, pools = matrix.pick_scenarios(["sigkill"], []), matrix.pick_pools(["Pool"])
    cells = matrix.expand(scenarios, pools, [], ["fork"], interpreters.select([]), 1)
    ((_cell, seen),) = scheduler.Scheduler(cells, 2.5, 1).run()
    assert seen.deadline_passed
    assert seen.stacks
    assert {int(pid) for pid in seen.native} == ({one.pid for one in seen.holdings} if there else set())
    if there:
        assert seen.native[str(seen.main_pid)].startswith(f"Thread dump --native --pid {seen.main_pid}\n")
        assert any(event["event"] == "autopsy-done" for event in seen.events), "the autopsy comes after it"


@pytest.mark.skipif(
    native.tool() is None, reason="py-spy is not installed beside this interpreter (the extra [stacks])"
)
def test_the_real_one_tells_native_frames() -> None:
    """A process that waits in a read is seen to do so, in C."""
    program = "import os; print(1, flush=True); os.read(0, 1)"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        dumps = native.Dumps([process.pid], str(native.tool()))
        text = all_of(dumps, {process.pid})[str(process.pid)]
        process.kill()
    assert "read (" in text or text.startswith(FAILED), text
