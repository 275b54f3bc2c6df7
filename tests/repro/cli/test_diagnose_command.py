"""``repro diagnose``, as one calls it who has a job that hangs."""

from __future__ import annotations

import json
import lzma
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repro.cli import diagnose_command
from repro.diagnose import snapshot
from repro.diagnose.redacted import redacted
from repro.tree import calls, native, processes
from tests.repro import lab
from tests.repro.cli.commands import called
from tests.repro.diagnose import kept


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A snapshot of a lost task, as ``--save`` keeps it."""
    path = tmp_path / "lost.json.xz"
    path.write_bytes(lzma.compress(redacted(kept.idle_workers()).to_json().encode()))
    return path


def test_a_saved_snapshot_is_diagnosed_again(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The status says that it is stuck."""
    assert called("diagnose", str(saved)) == 1
    assert "STUCK: a task is lost" in capsys.readouterr().out


def test_a_file_that_cannot_be_made_loses_nothing(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The diagnosis is printed all the same, and then in a line what became of the file."""
    for path in (saved, tmp_path / "nowhere" / "x.json"):
        assert called("diagnose", str(saved), "--save", str(path)) == 64
        told = capsys.readouterr()
        assert "STUCK: a task is lost" in told.out
        assert len(told.err.splitlines()) == 1
        assert str(path) in told.err


def test_of_several_programs_the_numbers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With their commands, and not all of very many."""
    monkeypatch.setattr(diagnose_command, "SHOWN", 2)
    monkeypatch.setattr("repro.diagnose.targets.command_of", lambda pid: f"python job{pid}.py" if pid < 9 else "")
    assert diagnose_command._one_of([7, 8]) == "give a PID: 7 (python job7.py), 8 (python job8.py)"
    assert diagnose_command._one_of([9, 8, 7]) == "give a PID: 9 (it has ended), 8 (python job8.py), ..."
    assert diagnose_command._one_of([]) == "give a PID"


def test_for_a_program_and_for_a_browser(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("diagnose", str(saved), "--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["diagnosis"] == "lost-task"
    assert called("diagnose", str(saved), "--format", "html") == 1
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "what is to be looked at?"),
        (["1", "--all"], "what is to be looked at?"),
        (["nowhere.json"], "neither the number of a process nor a file"),
        (["99999999999"], "is no number of a process"),
        (["--name", "("], "--name ("),
        (["--name", "nobody-is-called-so-4711"], "no process has"),
        (["--watch", "--all"], "follows one program"),
        (["--watch"], "what is to be looked at?"),
        (["--watch", "nowhere.json"], "follows one program"),
        (["--watch", "1", "--save", "file"], "--save keeps one moment"),
        (["--watch", "1", "--format", "html"], "gives no html of what goes on (--watch)"),
    ],
)
def test_what_cannot_be_meant(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("diagnose", *arguments) == 64
    assert told in capsys.readouterr().err


def test_a_file_that_is_no_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("a.json", b"{}"), ("b.json.xz", b"no xz"), ("c", b"\xff")):
        (tmp_path / name).write_bytes(content)
        assert called("diagnose", str(tmp_path / name)) == 64
        assert name in capsys.readouterr().err
    os.mkfifo(tmp_path / "fifo")
    assert called("diagnose", str(tmp_path / "fifo")) == 64


@pytest.mark.skipif(not (processes.LINUX and calls.NAMES), reason="only Linux tells for what a program waits")
def test_a_program_is_looked_at_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Python that waits for its input: no pool, which its stack says, and nothing else; nothing is overwritten; its arguments
    are kept where that is asked for."""
    status, told = (2, "cannot tell") if native.tool() is None else (0, "there is no pool in it")
    process = subprocess.Popen([sys.executable, "-c", "input()", "secret"], stdin=subprocess.PIPE)
    path, whole = tmp_path / "kept.json", tmp_path / "whole.json"
    try:
        lab.main_call(process.pid, "read")  # before that it computes
        assert called("diagnose", str(process.pid), "--save", str(path)) == status
        assert told in capsys.readouterr().out
        assert called("diagnose", str(process.pid), "--save", str(path)) == 64
        assert called("diagnose", str(process.pid), "--save", str(whole), "--values") == status
    finally:
        process.communicate()
    assert "secret" not in path.read_text()
    assert "secret" in whole.read_text()
    assert snapshot.from_json(path.read_text(), "kept").redacted


@pytest.mark.skipif(not processes.LINUX, reason="needs /proc")
@pytest.mark.parametrize("ends", [True, False])
def test_a_program_is_followed_to_its_end_or_to_ctrl_c(tmp_path: Path, ends: bool) -> None:
    """A line for each thing that happens, of which each is an object; the last says how it ended. Nothing was lost."""
    process = subprocess.Popen([sys.executable, "-c", "input(); raise SystemExit(3)"], stdin=subprocess.PIPE)
    watcher = lab.start(["diagnose", "--watch", str(process.pid), "--format", "json"], tmp_path)
    assert process.stdin is not None
    assert watcher.stdout is not None
    with lab.ended(watcher):
        documents = [json.loads(watcher.stdout.readline())]
        if ends:
            process.communicate(b"\n")
        else:
            watcher.send_signal(signal.SIGINT)
        documents += map(json.loads, watcher.stdout)
        assert watcher.wait(lab.DEADLINE) == (0 if ends else 130)
        assert watcher.stderr is not None
        assert watcher.stderr.read() == ""  # who is interrupted, has said so
        watcher.stdout.close()
        watcher.stderr.close()
    assert process.poll() == (3 if ends else None)
    if not ends:
        process.communicate(b"\n")
    assert (documents[0]["event"], documents[0]["workers"]) == ("begins", [])
    assert documents[-1]["event"] == ("program-ended" if ends else "stopped")
    assert documents[-1].get("status") in ((3, None) if ends else (None,))


@pytest.mark.parametrize(("several", "status"), [([], 0), ([0, 0], 0), ([0, 2], 2), ([2, 1, 0], 1)])
def test_the_status_of_several_programs(several: list[int], status: int) -> None:
    """Who is stuck counts most."""
    assert diagnose_command.status_of(several) == status


def test_a_kind_has_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    """``repro show`` tells of a diagnosis as of a scenario, and of both in one call."""
    assert called("show", "lost-task") == 0
    assert "a diagnosis of repro diagnose" in capsys.readouterr().out
    assert called("show", "poisoned-queue-lock", "sigkill") == 0
    told = capsys.readouterr().out
    assert "sigkill: " in told
    assert "poisoned-queue-lock: " in told
    assert called("show", "lost-tusk") == 64
