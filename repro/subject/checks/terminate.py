"""Closing the pool ends a task that runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..rendezvous import await_started
from ..scenario import Scenario

if TYPE_CHECKING:
    from ..program import Steps


class Terminate(Scenario):
    name = "terminate"
    title = "closing the pool ends a task that runs"
    tags = ("control",)
    faulty = None
    kills = False
    fires = False
    collects = False
    needs = ("terminate",)

    def work(self, number: int) -> int:
        time.sleep(3600)  # longer than any watchdog waits
        return number

    def drive(self, steps: Steps) -> None:
        started = steps.start()
        await_started(self.inputs[:1])
        steps.close()
        del started  # not before: some pools cancel what nobody holds


SCENARIO = Terminate()
