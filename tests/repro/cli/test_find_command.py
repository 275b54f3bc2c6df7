"""``repro find``: from a line of a traceback to scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro.errors import AS_EXPECTED, DIFFERS, USAGE
from repro.records import results, runs
from tests.repro.cli.commands import called


def place_of_a_hang(run: Path) -> str:
    """Where the parent of the Pool that hangs in a run waits, as FILE:LINE."""
    waits = next(cell["waits"] for cell in results.read(run).cells if cell["verdict"] == "hang")
    return str(waits[0].partition("(")[2].rstrip(")"))


def test_a_place_leads_to_scenarios(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a run that is named, or in the last one; for programs, too."""
    place = place_of_a_hang(run_directory)
    assert called("find", place, "--run", str(run_directory)) == AS_EXPECTED
    text = capsys.readouterr().out
    assert text.startswith("2 cells of 2 scenarios say so")
    assert all(word in text for word in ("sys-exit", "sigkill", "stack of the program", "repro show SCENARIO"))
    runs.remember(run_directory)
    assert called("find", place.rpartition("/")[2], "--scenario", "sigkill", "--format", "json") == AS_EXPECTED
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["scenarios"], row["pool"], row["cells"]) == ("sigkill", "Pool", "1")


def test_texts_of_scenarios_are_found_without_any_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That no run was there is said; a run that was asked for has to be."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert called("find", "SimpleQueue") == AS_EXPECTED
    output = capsys.readouterr()
    assert "idle-killed" in output.out and "only the texts of the scenarios are searched" in output.err
    assert called("find", "SimpleQueue", "--run", str(tmp_path / "none")) == USAGE


def test_what_is_nowhere_is_said(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With status 1, and the nearest lines of the file."""
    name = place_of_a_hang(run_directory).rpartition(":")[0]
    assert called("find", f"{name}:99999", "--run", str(run_directory)) == DIFFERS
    output = capsys.readouterr()
    assert output.out == "" and f"nothing says '{name}:99999' in 6 cells; nearest: " in output.err
    assert called("find", " ") == USAGE
