"""The command line, as a user meets it: wrong usage before anything is started, help, version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from repro.cli import COMMANDS
from repro.errors import USAGE
from repro.plan import catalogue
from tests.repro import lab
from tests.repro.cli.commands import called


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["run", "--scenario", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["run", "--scenario", "sigk?l"], "no scenario 'sigk?l'; nearest: sigkill"),
        (["run", "--scenario", "ok", "--scenario", "segfalt"], "nearest: segfault"),
        (["run", "--scenario", "zzzzzz"], "there are: ok, sys-exit,"),
        (["run", "--scenario", "zzzzzz"], f", and {len(catalogue.scenarios()) - 20} more"),
        (["run", "--pool", "ProcesPoolExecutor"], "no pool 'ProcesPoolExecutor'; nearest: "),
        (["run", "--pool", "Poool"], "nearest: Pool"),
        (["run", "--operation", "mapp"], "no operation 'mapp'; nearest: map"),
        (["run", "--start-method", "frok"], "no start method 'frok'; nearest: fork"),
        (["run", "--python", "3.99"], "no Python '3.99'; nearest: "),
        (["run", "--python", "/nowhere/python3"], "no interpreter at /nowhere/python3"),
        (["run", "--timeout", "0"], "--timeout"),
        (["run", "--timeout", "soon"], "--timeout"),
        (["run", "--timeout", "nan"], "--timeout"),
        (["run", "--repeat", "0"], "--repeat"),
        (["run", "--jobs", "-1"], "--jobs"),
        (["run", "--scenrio", "ok"], "--scenrio"),
        (["run", "everything"], "everything"),
        (["frobnicate"], "no command 'frobnicate'; there are: run, report"),
        (["rnu"], "no command 'rnu'; nearest: run"),
        (["run", "--scenaro", "ok"], "no option '--scenaro'; nearest: --scenario"),
        (["report", "last", "--formt=csv"], "no option '--formt'; nearest: --format"),
        (["run", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["run", "--pool", "nowhere.py"], "nowhere.py: there is no such file"),
        (["list", "pools", "pythons"], "pythons: that is too much"),
        (["list", "scenarios", "--format", "jsno"], "no format 'jsno'; nearest: json"),
        (["show"], "which scenario?"),
        (["report"], "RUN"),
        (["show", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["script", "sigkil"], "no scenario 'sigkil'; nearest: sigkill"),
        (["script", "sigkill", "--pool", "Poool"], "nearest: Pool"),
        (
            ["script", "sigkill", "--operation", "submit"],
            "no operation of multiprocessing.Pool 'submit'; there are: map",
        ),
        (["script", "sigkill", "--start-method", "frok"], "nearest: fork"),
        (["script", "sig*"], "one scenario and one pool"),
        (["completion", "csh-oil"], "csh-oil"),
        (["list", "pols"], "no what to list 'pols'; nearest: pools"),
        (["list", "scenarios", "--tag", "memry"], "no tag 'memry'; nearest: memory"),
        (["list", "pools", "--tag", "memory"], "--tag memory: pools have no tags"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_names_the_nearest(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there ends with 64 and the nearest that is, before anything is started or written."""
    assert called(*arguments) == USAGE
    output = capsys.readouterr()
    assert phrase in output.err
    assert output.out == ""


@pytest.mark.usefixtures("nothing_starts")
def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Bare ``repro`` shows the help, and does nothing else."""
    assert called() == USAGE
    assert "repro run" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the tool's name and version on stdout, and that it is not the other project of this name."""
    from safepool._version import __version__

    assert called("--version") == 0
    assert capsys.readouterr().out == f'repro {__version__} (of safepool; not PyPI\'s project "repro")\n'


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help of the tool names every command, with examples and the exit statuses; each command has its own."""
    assert called(*[name][: bool(name)], "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: repro")
    if not name:
        assert set(COMMANDS) <= {line.split()[0] for line in text.splitlines() if line.startswith("    ")}
        assert "examples:" in text
        assert "exit status:" in text


def test_help_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """``repro --help`` answers at once because what takes time to import is not imported for it."""
    program = "import sys; from repro.cli import build_parser; build_parser().format_help(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env=lab.environment(),
        text=True,
        capture_output=True,
        check=True,
        timeout=lab.DEADLINE,
    ).stdout.split()
    assert {"psutil", "tabulate", "tqdm", "shtab", "multiprocessing", "asyncio", "numpy"} & set(loaded) == set()
