"""A terminal without a terminal: keys that were pressed beforehand, and all that was shown."""

from __future__ import annotations

import time
from collections.abc import Iterable

from repro.lessons.terminal.blocks import Page
from repro.lessons.terminal.prose import Lines, paint


class FakeConsole:
    """keys: by name; after them comes ``quit``. shown: every line. states: every status."""

    def __init__(self, keys: Iterable[str] = (), page: Page | None = None, height: int = 1000) -> None:
        self.page = page or Page(80)
        self.height = height
        self.shown: list[str] = []
        self.states: list[str] = []
        self.raws: list[bool] = []
        self._keys = list(keys)

    def show(self, lines: Lines) -> None:
        self.shown += [paint(line, self.page.colour) for line in lines]

    def status(self, text: str) -> None:
        self.states.append(text)

    def key(self, wait: float | None = None) -> str:
        if wait is not None and not self._keys:
            time.sleep(min(wait, 0.01))
            return ""
        return self._keys.pop(0) if self._keys else "quit"

    def raw(self, on: bool) -> None:
        self.raws.append(on)

    @property
    def text(self) -> str:
        """All that was shown."""
        return "\n".join(self.shown)
