"""Ctrl-C, and what service managers and closing terminals send: they ask for an end, and what runs ends by itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Stoppable(Protocol):
    """What runs, looks at `stop` now and then, and ends with nothing left running once it is true."""

    stop: bool


@contextmanager
def stopped_by_signals(running: Stoppable) -> Iterator[list[int]]:
    """SIGINT, SIGTERM and SIGHUP ask what runs to stop; the second of them changes nothing.

    By default the first would raise in the middle of whatever is done, a start or a clean-up too, and the others would end
    this process at once: either leaves processes behind that wait for ever. Yields the signals that came.
    """
    received: list[int] = []

    def ask(number: int, _frame: object) -> None:
        received.append(number)
        running.stop = True

    stopping = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.getsignal(number) for number in stopping if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, ask)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
