"""The terminal: single keys in, painted lines out; as it was, when a lesson is left, however that comes about."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from repro.lessons.terminal.blocks import Page
from repro.lessons.terminal.prose import Lines, paint

#: What some keys send (terminfo: kcub1, kcuf1, ...), and what they are called here.
NAMES = {
    b"\x1b[D": "back",
    b"\x1bOD": "back",
    b"\x1b[5~": "back",
    b"\x7f": "back",
    b"\x1b[C": "on",
    b"\x1bOC": "on",
    b"\x1b[6~": "on",
    b" ": "on",
    b"\r": "on",
    b"\n": "on",
    b"\x04": "quit",
    b"\x03": "interrupt",
}


def name_of(sent: bytes) -> str:
    """The name of a key: ``on``, ``back``, ``quit``, ``interrupt``, a letter, or "" for one that means nothing."""
    if sent in NAMES:
        return NAMES[sent]
    letter = sent.decode("ascii", "replace")
    return letter.lower() if len(letter) == 1 and letter.isprintable() and letter.isascii() else ""


class Console(Protocol):
    """What a walk needs of a terminal. height: in lines."""

    page: Page
    height: int

    def show(self, lines: Lines) -> None:
        """Print lines."""

    def status(self, text: str) -> None:
        """Print a line that the next one replaces; "" takes it away."""

    def key(self, wait: float | None = None) -> str:
        """The next key, by its name; "" where none came. wait: for so many seconds at most; None for ever."""

    def raw(self, on: bool) -> None:
        """Whether Ctrl-C is a key like others."""


class Terminal:
    """The terminal at standard input and output."""

    def __init__(self, page: Page, height: int) -> None:
        self.page = page
        self.height = height
        self._input = sys.stdin.fileno()
        self._held = False

    def show(self, lines: Lines) -> None:
        self._clear()
        for line in lines:
            sys.stdout.write(paint(line, self.page.colour).rstrip(" ") + "\n")
        sys.stdout.flush()

    def status(self, text: str) -> None:
        self._clear()
        if text:
            sys.stdout.write(text)
            self._held = True
        sys.stdout.flush()

    def key(self, wait: float | None = None) -> str:
        if not select.select([self._input], [], [], wait)[0]:
            return ""
        sent = os.read(self._input, 64)
        return name_of(sent) if sent else "quit"  # the terminal is gone

    def raw(self, on: bool) -> None:
        attributes = termios.tcgetattr(self._input)
        attributes[3] = attributes[3] & ~termios.ISIG if on else attributes[3] | termios.ISIG
        termios.tcsetattr(self._input, termios.TCSANOW, attributes)

    def _clear(self) -> None:
        if self._held:
            sys.stdout.write("\r\033[K")
            self._held = False


@contextmanager
def terminal(page: Page, height: int) -> Iterator[Terminal]:
    """The terminal, which gives each key as it is pressed; as it was before, afterwards."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    made = Terminal(page, height)
    try:
        tty.setcbreak(descriptor)
        yield made
    finally:
        made.status("")
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
