"""A run, or a program that was diagnosed: whichever a command is given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from repro.cli import stored
from repro.diagnose import saved
from repro.diagnose.snapshot import Snapshot
from repro.records.results import Run
from tests.repro import lab
from tests.repro.cli.commands import called
from tests.repro.diagnose import kept

HOSTILE = "\x1b[2J\u202e"


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    """What ``--save`` keeps of a lost task, in a program that calls itself what it wants."""
    seen = kept.idle_workers()
    program = replace(seen.processes[0], command=f"python {HOSTILE}<b>.py")
    path = tmp_path / "lost.json.xz"
    saved.write(replace(seen, processes=[program, *seen.processes[1:]]), path)
    return str(path)


@lab.needs_records
def test_what_is_what(snapshot: str) -> None:
    assert isinstance(stored.read(Path(snapshot)), Snapshot)
    assert isinstance(stored.read(lab.ROOT / "reports/reference"), Run)


@pytest.mark.parametrize("name", ["terminal", "json", "csv", "markdown", "html", "grid", "github", "latex"])
def test_a_report_of_a_program(snapshot: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In each format that can tell it: the diagnosis but where only a table fits, and a row for each process; nothing of it is
    obeyed."""
    for details in ([], ["--details"]):
        assert called("report", snapshot, "--format", name, *details) == 0
        told = capsys.readouterr().out
        assert "waits for a task, and has the lock" in " ".join(told.split()) or name in ("grid", "terminal")
        assert ("STUCK: a task is lost" in told or '"lost-task"' in told) == (name not in ("csv", "github", "latex"))
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert "<b>" not in told or name not in ("markdown", "html")


def test_for_a_program(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("report", snapshot, "--format", "json", "--details") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["diagnosis"] == "lost-task"
    assert [one["pid"] for one in document["processes"]] == ["10", "11", "12", "13"]
    assert len(document["threads"]) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["report", "--format", "junit"], "gives no junit of one program"),
        (["report", "--pool", "Pool"], "a filter chooses among the cells of a run"),
        (["report", "--fail-on", "hang"], "--fail-on asks for the cells of a run"),
        (["picture", "matrix"], "and no matrix"),
        (["picture", "waits", "--scenario", "sigkill"], "a filter chooses among"),
        (["compare", "RUN"], "a snapshot that repro diagnose has saved, and no run"),
    ],
)
def test_what_a_snapshot_does_not_have(
    snapshot: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [snapshot if one == "RUN" else one for one in arguments]
    given[1 + (given[0] == "picture") : 1 + (given[0] == "picture")] = [snapshot]
    assert called(*given) == 64
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.txt"])
def test_who_waits_for_what_in_a_program(snapshot: str, name: str, tmp_path: Path) -> None:
    """Drawn as of a cell, and of the moment at which it was looked at."""
    assert called("picture", "waits", snapshot, "--output", str(tmp_path / name)) == 0
    told = (tmp_path / name).read_text()
    assert "10: STUCK: a task is lost (certain)" in told
    assert ("when the program was looked at" in told) == (name != "x.txt")


@pytest.mark.parametrize("name", ["killed-sending-result_Pool_map_fork_3.12.1", "idle-killed_Pool_map_fork_3.8.18"])
def test_pipes_and_locks_have_their_names(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of programs that really hung."""
    assert called("picture", "waits", str(kept.FOLDER / f"{name}.json.xz")) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "the lock of the task queue: a worker" in told
    assert "the result queue: the program" in told


@pytest.mark.parametrize("pool", ["loky_map_loky", "safepool_map_fork"])
def test_workers_of_other_pools_are_workers(pool: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("picture", "waits", str(kept.FOLDER / f"idle_{pool}_3.11.7.json.xz")) == 0
    assert "a worker (" in capsys.readouterr().out
