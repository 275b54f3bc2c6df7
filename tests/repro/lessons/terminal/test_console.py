"""``console``: keys have names, and the terminal is as it was when a lesson is left."""

from __future__ import annotations

import os
import sys
import termios

import pytest

from repro.lessons.columns import Span
from repro.lessons.terminal.blocks import Page
from repro.lessons.terminal.console import name_of, terminal


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b" ", "on"),
        (b"\r", "on"),
        (b"\x1b[C", "on"),
        (b"\x1b[D", "back"),
        (b"\x7f", "back"),
        (b"\x03", "interrupt"),
        (b"\x04", "quit"),
        (b"Q", "q"),
        (b"a", "a"),
        (b"\x1b[15~", ""),
        (b"\x01", ""),
        ("あ".encode(), ""),
    ],
)
def test_a_key_has_a_name(sent: bytes, name: str) -> None:
    """Arrows, space, letters; what means nothing has none."""
    assert name_of(sent) == name


def test_the_terminal_is_as_it_was(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where the lesson ends with an error; meanwhile a key comes as it is pressed, and Ctrl-C is one where it is to be."""
    master, slave = os.openpty()
    with os.fdopen(slave, "r") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        before = termios.tcgetattr(slave)
        with pytest.raises(KeyError), terminal(Page(80, colour=True), 24) as made:
            os.write(master, b"a")
            assert made.key(5.0) == "a" and made.key(0.0) == ""
            made.raw(True)
            assert not termios.tcgetattr(slave)[3] & termios.ISIG
            os.write(master, b"\x03")
            assert made.key(5.0) == "interrupt"
            made.raw(False)
            made.status("waits")
            made.show([[Span("told", "strong")]])
            raise KeyError
        assert termios.tcgetattr(slave) == before
    os.close(master)
    assert capsys.readouterr().out == "waits\r\033[K\033[1mtold\033[0m\n"
