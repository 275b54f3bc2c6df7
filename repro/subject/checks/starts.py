"""Tasks are started without waiting, then collected, and the pool ends when they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import cell, events
from ..scenario import Scenario

if TYPE_CHECKING:
    from ..program import Steps


class Starts(Scenario):
    name = "starts"
    title = "tasks are started, and collected"
    tags = ("control",)
    faulty = None
    kills = False
    fires = False

    def callback(self, result: Any) -> None:
        events.emit("called-back")

    def drive(self, steps: Steps) -> None:
        steps.collect(steps.start(callbacks="callback" in steps.adapter.features(cell.current().operation)))
        steps.use_again()
        steps.finish()


SCENARIO = Starts()
