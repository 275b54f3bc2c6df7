"""Help texts fit the terminal."""

from __future__ import annotations

import re

import pytest

from repro.cli import COMMANDS, wrapped
from tests.repro.cli.commands import called


def test_paragraphs_items_and_examples() -> None:
    told = wrapped.filled(
        "A sentence that\nis longer.\n\nwaits: who waits for whom\nand why.\nmatrix: all.\n\n"
        "repro find x     where it is that your job hangs",
        20,
    )
    assert told.splitlines() == [
        *("A sentence that is", "longer.", ""),
        *("waits: who waits for", "whom and why.", "matrix: all.", ""),
        "repro find x     where it is that your job hangs",
    ]


def test_a_status_stands_beside_its_meaning() -> None:
    assert wrapped.filled("exit status:\n  64   wrong usage, or records that\n  70   ours", 27).splitlines() == [
        "exit status:",
        "  64   wrong usage, or",
        "       records that",
        "  70   ours",
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_fits_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for examples."""
    monkeypatch.setenv("COLUMNS", "80")
    assert called(command, "--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80 and not re.match(r"repro |\w+: +\S.* {3,}", line)] == []
