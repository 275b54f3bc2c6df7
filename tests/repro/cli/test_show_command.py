"""``repro show``: what there is to know of a scenario, and of the cells of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro import cli
from repro.plan import catalogue
from repro.tree import holdings, processes
from tests.repro import lab
from tests.repro.cli.commands import called


@pytest.mark.parametrize("name", catalogue.scenarios())
def test_every_scenario_is_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``repro show`` tells what dies, what the caller sees, why, where in the source, and what to do instead."""
    assert called("show", name) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{name}: ")
    for heading in ("What dies", "What the caller sees", "Why", "Where", "Instead"):
        lines = text.split(f"\n{heading}\n")[1].splitlines()
        assert lines[0].strip()


def test_show_tells_of_the_cells_of_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real hang: the process table is in the record and in what is shown, with the worker that died and its successor."""
    ran = lab.command(
        *("run", "--scenario", "sigkill", "--pool", "Pool", "--pool", "ProcessPoolExecutor", "--start-method", "fork"),
        *("--timeout", 3, "--output", tmp_path / "run"),
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    monkeypatch.setenv("COLUMNS", "200")  # a row is a line
    assert cli.main(["show", "sigkill", "--run", str(tmp_path / "run"), "--pool", "Pool", "--stacks"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("sigkill, ") == 1
    rows = [line for line in shown.splitlines() if "there" in line and "the fault" not in line]
    assert sum("SIGKILL" in row for row in rows) == 1
    assert any("not there" in row for row in rows), "nobody replaced the dead worker"
    assert "Stacks of the program, its own" in shown
    if processes.LINUX and holdings._CALLS:
        assert any("(the task queue)" in row and "a worker" in row for row in rows)
        assert any("semaphore 1 (the lock of the task queue)" in row for row in rows)
        assert "the result queue from " in shown
    assert cli.main(["show", "sigkill", "--run", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.count("sigkill, ") == 2


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["sigkill", "--stacks"], "give one with --run RUN"),
        (["sigkill", "--pool", "Pool"], "give one with --run RUN"),
        pytest.param(["sigkil", "--run", "reports/reference"], "sigkill", marks=lab.needs_records),
        pytest.param(
            ["sigkill", "--run", "reports/reference", "--python", "2.7"],
            "no Python of this run '2.7'",
            marks=lab.needs_records,
        ),
    ],
)
def test_what_show_cannot_show_is_said(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filters without a run, a scenario that the run does not have, cells that it does not have: usage errors in words."""
    monkeypatch.chdir(lab.ROOT)
    assert cli.main(["show", *arguments]) == 64
    assert phrase in capsys.readouterr().err


def test_globs_and_tags_name_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    """Several are told one after the other; for a program, all that is told of each."""
    assert called("show", "sig*kill", "os-exit", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told] == ["os-exit", "sigkill"]
    assert all(
        one[name] for one in told for name in ("title", "dies", "sees", "why", "where", "instead", "tags", "program")
    )
    assert called("show", "--tag", "memory") == 0
    text = capsys.readouterr().out
    with_tag = [entry for entry in catalogue.scenarios().values() if "memory" in entry.scenario.tags]
    assert text.count("What dies\n") == len(with_tag)


def test_cells_for_programs(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--run RUN --format json``: what the judge says, and the table of processes; stacks where they are asked for."""
    asked = ["show", "sig*", "--run", str(run_directory), "--pool", "Pool", "--format", "json"]
    assert called(*asked) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["scenario"], one["verdict"]) == ("sigkill", "hang")
    assert {row["afterwards"].split()[0] for row in one["processes"]} >= {"SIGKILL", "there"}
    assert "stacks" not in one
    assert called(*asked, "--stacks") == 0
    assert "Thread" in str(json.loads(capsys.readouterr().out)[0]["stacks"])
