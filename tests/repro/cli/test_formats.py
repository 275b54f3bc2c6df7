"""``--format``: every command in every format that it can give, and a sentence for every other one."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repro import cli
from repro.cli import formats
from repro.errors import AS_EXPECTED, DIFFERS, USAGE, UsageError
from repro.records.results import FILE
from repro.report import comment
from repro.report import formats as of_reports
from tests.repro.cli.commands import QUICK, called

#: Of each command an answer that is small. RUN and OTHER are stored runs.
ASKED: dict[str, list[str]] = {
    "run": QUICK,
    "report": ["report", "RUN"],
    "list": ["list", "scenarios"],
    "show": ["show", "sig*", "--run", "RUN"],
    "find": ["find", "BrokenProcessPool", "--run", "RUN"],
    "compare": ["compare", "RUN", "OTHER"],
    "pools": ["pools", "list"],
    "bench": ["bench", "--benchmark", "round-trip", "--pool", "Pool", "--rounds", "1", "--scale", "0.01"],
    "diagnose": ["diagnose", "SNAPSHOT"],
}
#: What was seen of a program that hangs.
SNAPSHOT = min((Path(__file__).parents[1] / "diagnose" / "snapshots").glob("sigkill_*.json.xz"))


def options() -> Iterator[tuple[str, argparse.Action]]:
    """The commands that have ``--format``, with it."""
    parser = cli.build_parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for name, sub in commands.choices.items():
        for action in sub._actions:
            if "--format" in action.option_strings:
                yield name, action


def test_one_option_for_all() -> None:
    """Whoever has it, has it from the one place; a picture and a lesson have formats of their own, by the names of files."""
    there = dict(options())
    assert set(there) == set(formats.FORMATS) | {"picture", "lesson"} == set(ASKED) | {"picture", "lesson"}
    for name, several in formats.FORMATS.items():
        assert there[name].default == several[0]
        assert all(one in str(there[name].help) for one in several)


def test_the_formats_of_reports_are_their_files() -> None:
    """Known without loading them: a new file is a new format of every command that has reports."""
    assert sorted([*formats.REPORTS, "terminal"]) == of_reports.names()


def well_formed(name: str, text: str) -> None:
    """Fails for what is not of that format."""
    if name == "json":
        assert json.loads(text)
    elif name == "csv":
        header, *rows = csv.reader(io.StringIO(text))
        assert rows and {len(row) for row in rows} == {len(header)}
    elif name == "junit":
        assert ElementTree.fromstring(text).tag == "testsuites"
    elif name == "actions":
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in text.splitlines())
    elif name == "html":
        assert text.lower().startswith("<!doctype html>")
    elif name == "perfetto":
        assert {one["ph"] for one in json.loads(text)["traceEvents"]} >= {"M", "X"}
    elif name == "markdown":
        assert text.count("\n## ") or "|:" in text
        assert len(text) <= comment.LIMIT
    assert text.strip()


@pytest.mark.parametrize(
    ("command", "name"), [(command, name) for command, names in formats.FORMATS.items() for name in names]
)
def test_every_command_gives_every_format_of_its_own(
    command: str,
    name: str,
    run_directory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard output there is nothing but that."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    other = tmp_path / "other"
    other.mkdir()
    records = [json.loads(line) for line in (run_directory / FILE).read_text().splitlines()]
    for record in records:
        if record.get("scenario") == "sigkill":
            record["observation"]["stream_error"] = "cut"
    (other / FILE).write_text("".join(json.dumps(record) + "\n" for record in records))
    places = {"RUN": str(run_directory), "OTHER": str(other), "SNAPSHOT": str(SNAPSHOT)}
    status = called(*(places.get(word, word) for word in ASKED[command]), "--format", name)
    assert status == (DIFFERS if command in ("compare", "diagnose") else AS_EXPECTED)
    well_formed(name, capsys.readouterr().out)


def test_what_a_command_can_not_give_is_refused_before_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    """For every command and every format of another one: which it can give, and no run is looked for."""
    everywhere = {name for names in formats.FORMATS.values() for name in names} - {"simple", "html"}
    refused = 0
    for command, names in formats.FORMATS.items():
        for name in sorted(everywhere - set(names)):
            assert called(*ASKED[command], "--format", name) == USAGE
            said = capsys.readouterr().err
            assert f"repro {command} gives no {name}: it can give {', '.join(names)}" in said
            refused += 1
    assert refused > 20


def test_of_scenarios_there_is_less_than_of_cells() -> None:
    """What needs a run says so."""
    with pytest.raises(UsageError, match=r"gives no csv of scenarios .*--run RUN.*: it can give text, json, markdown"):
        formats.check_format("show", "csv", formats.OF_SCENARIOS, " of scenarios (of the cells of a run: --run RUN)")
    for name in formats.OF_SCENARIOS:
        formats.check_format("show", name, formats.OF_SCENARIOS)


def test_a_slip_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match="no format 'jnuit'; nearest: junit"):
        formats.check_format("report", "jnuit")
    with pytest.raises(UsageError, match="no format 'gihtub'; nearest: github"):
        formats.check_format("list", "gihtub")
