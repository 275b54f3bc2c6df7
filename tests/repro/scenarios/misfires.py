"""A scenario whose fault says that it is about to happen, and does not."""

from __future__ import annotations

import signal

from ..scenario import Scenario


class Misfires(Scenario):
    name = "misfires"
    title = "a fault that does not happen"
    status = -signal.SIGKILL

    def fire(self) -> None:
        pass


SCENARIO = Misfires()
