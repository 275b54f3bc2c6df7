"""The check of the Python version, which comes before everything else."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest

from repro import __main__, errors


def test_below_the_needed_python_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what was found, what is needed, and what to do; the status is that of wrong usage. Nothing else is imported."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.delitem(sys.modules, "repro.cli", raising=False)
    assert __main__.main() == errors.USAGE == __main__.USAGE
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert "needs Python 3.10 or newer, and this is" in line
    assert sys.executable in line
    assert "--python 3.9" in line
    assert "repro.cli" not in sys.modules


def test_3_8_can_parse_the_check() -> None:
    """A SyntaxError would come before any check."""
    ast.parse(inspect.getsource(__main__), feature_version=(3, 8))


def test_else_the_command_line_is_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The arguments are the program's."""
    monkeypatch.setattr(sys, "argv", ["repro", "run", "--scenario", "sigkil"])
    assert __main__.main() == errors.USAGE
    assert "nearest: sigkill" in capsys.readouterr().err
