"""A scenario that does not do what it says: its worker is to end with status 1, and is killed by SIGTERM."""

from __future__ import annotations

import os
import signal

from ..scenario import Scenario


class WrongStatus(Scenario):
    name = "wrong_status"
    title = "a fault with another status than it says"
    status = 1

    def fire(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


SCENARIO = WrongStatus()
