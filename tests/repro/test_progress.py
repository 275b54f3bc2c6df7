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


def test_a_log_gets_a_line_now_and_then() -> None:
    """Not before half a minute has gone, nor sooner after the last one; whether cells end meanwhile or not."""
    now = [100.0]
    said: list[str] = []
    lines = progress.Lines(600, said.append, lambda: now[0])
    for seconds, done in ((0, 0), (29, 10), (30, 20), (45, 25), (60, 25), (3600, 300)):
        now[0] = 100.0 + seconds
        lines.tell(done, lambda done=done: done // 20)  # type: ignore[misc]
    assert said == [
        "20 of 600 cells after 30 s, 1 differs from what is known; about 14 min more",
        "25 of 600 cells after 60 s, 1 differs from what is known; about 23 min more",
        "300 of 600 cells after 60 min, 15 differ from what is known; about 60 min more",
    ]


def test_nothing_is_foretold_of_nothing() -> None:
    """While no cell has ended, nobody knows how long they take."""
    assert progress.in_words(0, 6885, 0, 40.0) == "0 of 6,885 cells after 40 s, none differs from what is known"
