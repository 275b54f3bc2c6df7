"""The bar that tells how far something is: on a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from repro import progress


class Terminal(io.StringIO):
    """What claims to be one."""

    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called in the test itself: pytest puts its own stderr there after the fixtures."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


def test_a_bar_is_shown_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many items; afterwards the line is empty again."""
    terminal = at_a_terminal(monkeypatch)
    assert list(progress.each(range(progress.MANY), "judging")) == list(range(progress.MANY))
    assert "judging" in terminal.getvalue()
    assert terminal.getvalue().rpartition("\r")[2].strip() == ""


def test_what_does_not_know_its_length_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of lines, say."""
    terminal = at_a_terminal(monkeypatch)
    assert len(list(progress.each(iter(range(progress.MANY)), "reading", progress.MANY))) == progress.MANY
    assert f"/{progress.MANY}" in terminal.getvalue()


@pytest.mark.parametrize("items", [range(progress.MANY - 1), iter(range(progress.MANY))], ids=["few", "of no length"])
def test_few_are_gone_through_in_silence(monkeypatch: pytest.MonkeyPatch, items: range) -> None:
    """It is over before anybody could read it; and of what has no length, nothing can be said."""
    terminal = at_a_terminal(monkeypatch)
    list(progress.each(items, "judging"))
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """In a file or a pipe."""
    list(progress.each(range(progress.MANY), "judging"))
    assert capsys.readouterr() == ("", "")
