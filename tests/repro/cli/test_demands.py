"""What a project demands of a run, and how the run ends by it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from repro.cli import demands
from repro.errors import AS_EXPECTED, DIFFERS, USAGE, UsageError
from repro.verdicts.judge import Verdict
from tests.repro.cells import cell
from tests.repro.cli.commands import called

HANGS = [cell(Verdict.HANG), cell(Verdict.COMPLETED, "ok", faulty=False), cell(Verdict.LOST, "oom")]


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        (None, [2]),  # a Pool that hangs is known; one that loses results is news
        ("hang", [0]),
        ("hang, LOST", [0, 2]),
        ("livelock", []),
        ("*", [0, 1, 2]),
    ],
)
def test_a_run_fails_on_what_was_said(text: str | None, failing: list[int]) -> None:
    """On refused verdicts, whatever is known; without any, on what differs from the known."""
    failed = demands.fails(HANGS, demands.refused_verdicts(text))
    assert [number for number, one in enumerate(HANGS) if one in failed] == failing


def test_what_is_no_verdict_is_said() -> None:
    """With the nearest."""
    with pytest.raises(UsageError, match="no verdict 'hnag'; nearest: hang"):
        demands.refused_verdicts("lost,hnag")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "no expectations in .*Expecting property name"),
        ("{}", "not a list of rules"),
        ('[{"pool": "mine"}]', "rule 1 has no list of verdicts"),
        ('[{"measured": ["3.12.1"]}, {"verdicts": ["hnag"]}]', "rule 2: no verdict 'hnag'; there are: completed"),
        ('[{"verdict": "hang", "verdicts": ["hang"]}]', "rule 1 has 'verdict'; a rule may have scenario, pool"),
        ('[{"pool": 3, "verdicts": ["hang"]}]', "rule 1: pool is 3, not a text"),
        ("[" * 100_000, "no expectations in"),
        (None, "No such file"),
    ],
)
def test_a_file_without_expectations_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    """Which file, what is wrong with which rule, and how such a file is made."""
    file = tmp_path / "mine.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=said):
        demands.own_expectations(file)


def test_a_project_has_expectations_of_its_own(
    run_directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are made from a run, hold before those of the suite, and decide how a report ends."""
    file = tmp_path / "mine.json"
    assert called("expect", str(run_directory), "--write", str(file)) == 0
    assert f"written to {file}" in capsys.readouterr().out
    assert called("report", str(run_directory), "--expect", str(file)) == AS_EXPECTED
    file.write_text(json.dumps([{"scenario": "sig*", "pool": "multiprocessing.Pool", "verdicts": ["raised"]}]))
    capsys.readouterr()
    assert called("report", str(run_directory), "--expect", str(file)) == DIFFERS
    assert "hang instead of raised" in " ".join(capsys.readouterr().out.split())
    assert called("report", str(run_directory), "--expect", str(file), "--scenario", "ok") == AS_EXPECTED
    assert called("report", str(run_directory), "--fail-on", "hang") == DIFFERS
    assert called("report", str(run_directory), "--fail-on", "lost,livelock") == AS_EXPECTED
    assert called("report", str(run_directory), "--fail-on", "hnag") == USAGE


def test_the_options_are_two() -> None:
    """As both commands have them."""
    parser = argparse.ArgumentParser()
    demands.add_demands(parser)
    found = parser.parse_args(["--expect", "FILE", "--fail-on", "hang"])
    assert (found.expect, found.fail_on) == (Path("FILE"), "hang")
