"""What can still be done with a pool whose caller hangs: the observer asks by SIGUSR2, before it kills the tree.

The main thread of a hung program waits inside the call, so the answer comes from a thread of its own, started in the
signal handler: it uses the pool again, then ends it, as a second thread of a real program would. Each step announces itself
before it begins, so that a step that hangs is seen to hang. First it says which messages are half sent or received.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Callable

from . import events, stacks

SIGNAL = signal.SIGUSR2


def prepare(reuse: Callable[[], None], end: Callable[[], None]) -> None:
    """Answer SIGUSR2 with an autopsy. reuse: uses the pool again and records how that went; end: ends the pool."""

    def answer(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=perform, name="autopsy", daemon=True).start()

    def perform() -> None:
        try:
            for message in stacks.half_messages():
                events.emit("half-message", **message)
        except Exception as error:  # evidence is welcome, the autopsy must go on without it
            events.emit("autopsy-error", step="half-messages", error=events.describe(error))
        for step, act in (("reuse", reuse), ("end", end)):
            events.emit("autopsy-begins", step=step)
            try:
                act()
            except BaseException as error:
                events.emit("autopsy-error", step=step, error=events.describe(error))
            else:
                events.emit("autopsy-ends", step=step)
        events.emit("autopsy-done")

    signal.signal(SIGNAL, answer)
