"""``repro list``: what there is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from repro.plan import catalogue, interpreters
from tests.repro import lab
from tests.repro.cli.commands import called


def test_lists_name_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The three lists: every scenario, every pool with its operations, every Python with its path."""
    for what, names in (
        ("scenarios", catalogue.scenarios()),
        ("pools", catalogue.pools()),
        ("pythons", [one.path for one in interpreters.every()]),
    ):
        assert called("list", what) == 0
        text = capsys.readouterr().out
        assert all(name in text for name in names)


def test_a_tag_narrows_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """``repro list scenarios --tag``: those with the tag and no others."""
    assert called("list", "scenarios", "--tag", "memory") == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    with_tag = [entry.name for entry in catalogue.scenarios().values() if "memory" in entry.scenario.tags]
    assert [line.split()[0] for line in lines] == with_tag
    assert with_tag


@pytest.mark.parametrize("what", ["scenarios", "pools", "pythons"])
def test_a_list_for_programs(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--format json``: the rows of the table, each by its headings; any format of tabulate does, too."""
    assert called("list", what, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    first = {"scenarios": "scenario", "pools": "pool", "pythons": "path"}[what]
    there = {"scenarios": catalogue.scenarios, "pools": catalogue.pools, "pythons": interpreters.every}[what]()
    names = list(there) if isinstance(there, dict) else [one.path for one in there]
    assert [row[first] for row in found] == names
    assert called("list", what, "--format", "github") == 0
    assert capsys.readouterr().out.startswith("| ")


def test_runs_are_listed(run_directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those in the state folder, the oldest first, with what they are of; what is none is left out."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept = tmp_path / "repro" / "runs"
    assert lab.command("list", "runs", cwd=tmp_path).stdout == f"No run is kept in {kept}: repro run makes one.\n"
    for name in ("2026-02", "2026-01"):
        shutil.copytree(run_directory, kept / name)
    (kept / "nothing").mkdir()
    listed = lab.command("list", "runs", cwd=tmp_path).stdout.splitlines()[2:]
    assert [line.split()[:2] for line in listed] == [["2026-01", "6"], ["2026-02", "6"]]
