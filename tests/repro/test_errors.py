"""Exit statuses: said once, in ``repro.errors``; the README and the help texts say the same."""

from __future__ import annotations

import re
import signal

import pytest

from repro import errors
from repro.cli import COMMANDS
from repro.errors import STATUSES, statuses_of
from tests.repro.cli.commands import called
from tests.repro.lab import ROOT

#: Every status that the module names.
NAMED = {
    name: value for name, value in vars(errors).items() if name.isupper() and type(value) is int and name != "SHOWN"
}


@pytest.mark.parametrize(
    ("status", "number"),
    [
        (errors.HUNG_UP, signal.SIGHUP),
        (errors.INTERRUPTED, signal.SIGINT),
        (errors.READER_LEFT, signal.SIGPIPE),
        (errors.TERMINATED, signal.SIGTERM),
    ],
)
def test_the_status_of_a_signal_is_the_shells(status: int, number: int) -> None:
    """128 and the number of the signal."""
    assert status == 128 + number


def test_every_status_is_explained() -> None:
    """Each constant has its meaning, no two share a number, and nothing else is explained."""
    assert sorted(NAMED.values()) == list(STATUSES)
    assert {command for meaning in STATUSES.values() for command in meaning.of} <= set(COMMANDS)


def test_the_readme_names_every_status_once() -> None:
    """Its table is made of the same words, row by row."""
    text = (ROOT / "README.md").read_text("utf-8")
    table = re.findall(r"^\| (\d+) \| (.*?) \|$", text, flags=re.MULTILINE)
    wanted = [
        (str(status), "; ".join([meaning.generally, *(f"`{name}`: {what}" for name, what in meaning.of.items())]))
        for status, meaning in STATUSES.items()
    ]
    assert table == wanted
    assert not any("|" in words for _, words in wanted), "it would end a column"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_ends_with_no_status_that_is_not_said(command: str) -> None:
    """What its file imports of those that not every command has, its help explains; and nothing else."""
    source = (ROOT / "repro" / "cli" / f"{command.replace('-', '_')}_command.py").read_text("utf-8")
    words = {
        errors.DIFFERS: "DIFFERS",
        errors.INCONCLUSIVE: "INCONCLUSIVE",
        errors.NOTHING_RAN: "NOTHING_RAN|NothingRan",
    }
    used = {status for status, names in words.items() if re.search(rf"\b({names})\b", source)}
    assert used == set(statuses_of(command)) & set(words)


def test_of_a_program_that_hangs_nothing_is_as_expected() -> None:
    """A command that judges a live program says what success means of that; every command has the status."""
    assert "expected" not in statuses_of("diagnose")[0]
    assert all(0 in statuses_of(command) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_names_its_statuses(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that it can end with, in the words that concern it, and no other."""
    assert called(command, "--help") == 0
    told = re.sub(r"\n {4,}", " ", capsys.readouterr().out.partition("\nexit status:\n")[2])
    assert re.findall(r"^  (\d+) +(.*)$", told, flags=re.MULTILINE) == [
        (str(status), means) for status, means in statuses_of(command).items()
    ]


def test_the_help_of_all_names_every_status(capsys: pytest.CaptureFixture[str]) -> None:
    """In general words."""
    assert called("--help") == 0
    told = re.sub(r"\n {4,}", " ", capsys.readouterr().out.partition("\nexit status:\n")[2])
    assert re.findall(r"^  (\d+) +(.*)$", told, flags=re.MULTILINE) == [
        (str(status), meaning.generally) for status, meaning in STATUSES.items()
    ]
