"""``repro expect``: a project's file, and the suite's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro.verdicts import expectations
from tests.repro.cli.commands import called


def test_without_a_file_the_rules_are_printed(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the suite, with what the run has seen: nothing is written."""
    before = expectations.FILE.read_bytes()
    assert called("expect", str(run_directory)) == 0
    rules = expectations.parse([json.loads(line) for line in capsys.readouterr().out.splitlines()])
    assert {rule.scenario for rule in rules} >= {"ok", "sigkill", "sys-exit", "oom"}
    assert expectations.FILE.read_bytes() == before


def test_a_projects_file_has_what_was_seen_and_keeps_the_rest(run_directory: Path, tmp_path: Path) -> None:
    """Only the scenarios of the run, and the rules of other pools that were there before."""
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([{"scenario": "sigkill", "pool": "mine", "verdicts": ["hang", "raised"]}]))
    assert called("expect", str(run_directory), "--write", str(file)) == 0
    rules = expectations.parse(json.loads(file.read_text()))
    assert {rule.scenario for rule in rules} == {"ok", "sys-exit", "sigkill"}
    assert [rule.to_rule() for rule in rules if rule.pool == "mine"] == [
        {"scenario": "sigkill", "pool": "mine", "verdicts": ["hang", "raised"]}
    ]


def test_a_file_that_can_not_be_written_is_said(
    run_directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which file, and why."""
    assert called("expect", str(run_directory), "--write", str(tmp_path / "no" / "such")) == 70
    assert f"the expectations can't be written to {tmp_path}/no/such: No such file" in capsys.readouterr().err
