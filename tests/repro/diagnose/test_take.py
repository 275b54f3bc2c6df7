"""Snapshots of processes that are really there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from repro.diagnose import snapshot, take
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Snapshot
from repro.tree import native, processes
from repro.tree.memory import Memory
from tests.repro import lab

pytestmark = pytest.mark.skipif(not processes.LINUX, reason="needs /proc")
needs_stacks = pytest.mark.skipif(native.tool() is None, reason="needs the extra [stacks]")

LOST = """
import os, sys
from multiprocessing import get_context
def worker(x):
    if x == 3:
        os._exit(1)
    return x
if __name__ == "__main__":
    with get_context("fork").Pool(2) as pool:
        print("begins", flush=True)
        pool.map(worker, [1, 2, 3], 1)
"""


@contextmanager
def program(text: str, folder: Path) -> Iterator[int]:
    """A program in a session of its own, from the moment on when it has said something."""
    (folder / "job.py").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "job.py"],
        cwd=folder,
        stdin=subprocess.PIPE,  # who waits for a line, waits
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
    finally:
        lab.kill_session(process)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def as_soon_as(pid: int, kind: Kind) -> Snapshot:
    """A snapshot that is diagnosed so: a program takes its time until it hangs."""
    deadline = time.monotonic() + lab.DEADLINE
    while True:
        taken = take.take(pid)
        found = diagnose(taken)
        if found.kind is kind:
            return taken
        assert time.monotonic() < deadline, (found, taken.to_json())


@needs_stacks
def test_a_lost_task_of_a_program_that_nobody_prepared(tmp_path: Path) -> None:
    """It is found from outside, and the program is left as it was; what was saved is diagnosed the same."""
    with program(LOST, tmp_path) as pid:
        taken = as_soon_as(pid, Kind.LOST_TASK)
        assert {one.pid for one in taken.processes} > {pid}
        assert all(not one.stopped for one in taken.processes)
        assert taken.absent == [] or all("Python stacks" not in one.source for one in taken.absent)
        again = snapshot.from_json(taken.to_json(), "kept")
    assert again == taken
    assert diagnose(again) == diagnose(taken)


@needs_stacks
def test_a_stopped_program_is_looked_at_too(tmp_path: Path) -> None:
    """py-spy reads it as it is; nobody continues it."""
    with program("print('begins', flush=True)\nimport os, signal, time\ntime.sleep(600)", tmp_path) as pid:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)  # a signal that is sent is not yet obeyed
        taken = as_soon_as(pid, Kind.NOT_A_POOL)
        assert processes.scan()[pid].state == "T"
    assert taken.processes[0].stopped


def test_without_stacks_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what would help."""
    monkeypatch.setattr(native, "tool", lambda: None)
    with program(LOST, tmp_path) as pid:
        taken = as_soon_as(pid, Kind.CANNOT_TELL)
    assert any("py-spy is not installed" in one.why and "stacks" in one.help for one in taken.absent)


def test_who_is_not_there_and_who_is_no_program() -> None:
    """Each with its own answer."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    with pytest.raises(take.Gone, match=f"there is no process {gone.pid}"):
        take.take(gone.pid)
    with pytest.raises(take.Gone, match="this very command"):
        take.take(os.getpid())
    if 2 in processes.scan() and processes.scan()[2].parent == 0 and not os.path.exists("/proc/2/exe"):
        with pytest.raises(take.Gone, match="thread of the kernel's"):
            take.take(2)


def test_a_zombie_is_one() -> None:
    child = os.fork()
    if child == 0:
        os._exit(3)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        with pytest.raises(take.Gone, match=f"process {child} has ended, status 3"):
            take.take(child)
    finally:
        os.waitpid(child, 0)


def test_of_a_large_tree_only_a_part_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is counted, and said to be left out."""
    monkeypatch.setattr(take, "LOOKED_INTO", 5)
    children = (
        "import subprocess\nfor _ in range(12): subprocess.Popen(['sleep', '600'])\nprint('there', flush=True)\ninput()"
    )
    with program(children, tmp_path) as pid:
        taken = take.take(pid)
    assert len(taken.processes) == 5
    assert taken.omitted == 8
    assert [one.why for one in taken.absent if one.source == "8 of 13 processes"] == [
        "only 5 of a tree are looked into, Pythons first; 0 of those left out are Pythons"
    ]


def test_of_a_large_tree_the_pythons_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are among them, however many other children are older; those that are left out are counted, and few are asked for
    their stacks then: the program first."""
    monkeypatch.setattr(take, "LOOKED_INTO", 5)
    monkeypatch.setattr(take, "ASKED_OF_MANY", 2)
    monkeypatch.setattr(take.native, "tool", lambda: "py-spy")
    asked: list[list[int]] = []
    monkeypatch.setattr(take.frames, "of", lambda pids, path, within: asked.append(pids) or {})
    children = (
        "import subprocess, sys\nfor _ in range(6): subprocess.Popen(['sleep', '600'])\n"
        "for _ in range(PYTHONS): subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('there', flush=True)\ninput()"
    )
    for pythons, left_out in ((2, 0), (6, 2)):
        with program(children.replace("PYTHONS", str(pythons)), tmp_path) as pid:
            taken = take.take(pid)
        assert (len(asked[-1]), asked[-1][0]) == (2 if left_out else 1 + pythons, pid)
        assert sum("sleep(600)" in one.command for one in taken.processes) == min(pythons, 4)
        assert (taken.omitted, taken.omitted_pythons) == (2 + pythons, left_out)


def test_ages_and_kills_are_counted_from_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill is compared with the ages of those who were started after it, and is read last."""
    told: list[tuple[float, float]] = []
    monkeypatch.setattr(take, "_now", lambda: 1_000_000.0)
    monkeypatch.setattr(take.memory, "of", lambda pid, age, now: told.append((age, now)) or Memory())
    with program("print('there', flush=True)\ninput()", tmp_path) as pid:
        one = take.take(pid, stacks=False).processes[0]
    age = 1_000_000.0 - one.started / processes.STARTED_UNITS
    assert (one.age, told) == (round(age, 2), [(age + 1, 1_000_000.0)])


def test_which_threads_were_awake(tmp_path: Path) -> None:
    """One computes, and the main thread waits for a line."""
    busy = (
        "import threading\ndef spin():\n while True: pass\n"
        "threading.Thread(target=spin, daemon=True).start()\nprint('there', flush=True)\n"
        "threading.Event().wait()"
    )
    with program(busy, tmp_path) as pid:
        (spins,) = {int(name) for name in os.listdir(f"/proc/{pid}/task")} - {pid}
        deadline = time.monotonic() + lab.DEADLINE
        while spins not in (taken := take.take(pid, stacks=False)).awake:  # on a busy machine it may not get on
            assert time.monotonic() < deadline
    assert set(taken.awake) <= {pid, spins}


def test_who_has_started_what_comes_and_goes(tmp_path: Path) -> None:
    """Processes that live too short to be looked into are told with their parent."""
    quick = "import subprocess\nprint('there', flush=True)\nwhile True: subprocess.call(['sleep', '0.02'])"
    with program(quick, tmp_path) as pid:
        deadline = time.monotonic() + lab.DEADLINE
        while not (taken := take.take(pid, stacks=False)).born:  # on a busy machine it may not get on between two looks
            assert time.monotonic() < deadline
    assert set(taken.parents) == {*taken.born, *taken.gone}
    assert set(taken.parents.values()) == {pid}


def test_hostile_names_are_shown_by_number(tmp_path: Path) -> None:
    """A program may call itself what it wants."""
    name = "\x1b[2J\u202e"
    process = subprocess.Popen([sys.executable, "-c", "input()", name], stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + lab.DEADLINE
        while "202e" not in (told := take.take(process.pid, stacks=False).processes[0].command):
            assert time.monotonic() < deadline, told
        assert told.isprintable()
    finally:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def test_on_a_busy_machine_it_is_more_patient() -> None:
    """Two seconds where there is room, and an end everywhere."""
    assert take.patience(0.3, 2) == take.patience(2.0, 2) == 2.0
    assert take.patience(6.0, 2) == 6.0
    assert take.patience(900.0, 2) == take.STACKS_WITHIN_AT_MOST


def test_who_ends_meanwhile_is_said_to_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two looks."""
    process = subprocess.Popen(["sleep", "600"])
    try:
        looks = [processes.scan(), {}]
        monkeypatch.setattr(processes, "scan", lambda: looks.pop(0))
        with pytest.raises(take.Gone, match=f"process {process.pid} ended while it was looked at"):
            take.take(process.pid, stacks=False)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("scope", "told"), [("0\n", False), ("", False), ("1\n", True), ("3\n", True)])
def test_what_gives_the_right_to_read(scope: str, told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel restricts who may trace whom, that is said, too."""
    monkeypatch.setattr("repro.tree.calls.text", lambda path: scope)
    words = take._to_trace()
    assert "sudo" in words and "SYS_PTRACE" in words
    assert ("kernel.yama.ptrace_scope=0" in words) is told


@needs_stacks
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a pid namespace")
def test_a_program_in_a_pid_namespace_of_its_own(tmp_path: Path) -> None:
    """As in a container: its numbers are those that one sees from outside."""
    (tmp_path / "job.py").write_text(LOST)
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "job.py"]
    outside = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True, text=True)
    try:
        assert outside.stdout is not None
        if not outside.stdout.readline():
            pytest.skip("no pid namespace can be made here")
        (pid,) = [one.pid for one in processes.scan().values() if one.parent == outside.pid]
        taken = as_soon_as(pid, Kind.LOST_TASK)
        assert taken.processes[0].inside == 1
        assert all(one.pid != one.inside for one in taken.processes)
    finally:
        lab.kill_session(outside)
        if outside.stdout is not None:
            outside.stdout.close()
