"""How wide and how coloured output is: by the environment first, then by what it goes to."""

from __future__ import annotations

import json
import os

import pytest

from repro.cli import output
from repro.report.tables import Table


class Stream:
    """A standard stream, on a terminal or not."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def fileno(self) -> int:
        return 1 if self._terminal else 0


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_wanted_or_not(
    environment: dict[str, str], terminal: bool, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR before FORCE_COLOR before what standard output is."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Stream(terminal))
    assert output.wants_colour() is wanted


@pytest.mark.parametrize(
    ("told", "stdout", "stderr", "width"),
    [
        ("70", True, True, 70),
        ("0", True, True, 90),
        ("wide", False, True, 90),
        (None, True, False, 90),
        (None, False, True, 90),
        (None, False, False, output.WIDTH),
    ],
)
def test_the_width_is_known_or_guessed(
    told: str | None, stdout: bool, stderr: bool, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COLUMNS before the terminal; that of standard error where a pager has the output; else a width of ours."""

    def size(descriptor: int) -> os.terminal_size:
        if descriptor == 0:
            raise OSError("no terminal")
        return os.terminal_size((90, 24))

    monkeypatch.delenv("COLUMNS", raising=False)
    if told is not None:
        monkeypatch.setenv("COLUMNS", told)
    monkeypatch.setattr("sys.__stdout__", Stream(stdout))
    monkeypatch.setattr("sys.__stderr__", Stream(stderr))
    monkeypatch.setattr("os.get_terminal_size", size)
    assert output.columns() == width
    assert output.prose_width() == min(width, output.PROSE)


def test_a_table_is_for_readers_or_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and CSV have a name for each heading; Markdown is tabulate's."""
    table = Table("", ["start method", "calls (the first is the default)"], [["fork", "map"]])
    output.print_table(table, "json")
    assert json.loads(capsys.readouterr().out) == [{"start_method": "fork", "calls": "map"}]
    output.print_table(table, "csv")
    assert capsys.readouterr().out == "start_method,calls\nfork,map\n"
    for name in ("github", "markdown"):
        output.print_table(table, name)
        assert capsys.readouterr().out.startswith("| start method")


def test_what_records_say_means_nothing_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """No formula in a spreadsheet, no column in Markdown; the suite's own texts are as they are."""
    table = Table("", ["run"], [["=1|2"]])
    for name, shown in (("csv", "'=1|2"), ("markdown", "=1U+007C2")):
        output.print_table(table, name)
        assert shown in capsys.readouterr().out
        output.print_table(table, name, ours=True)
        assert "=1|2" in capsys.readouterr().out
