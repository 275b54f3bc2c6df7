"""The control: no fault. A pool that fails here is not under test, it is broken."""

from __future__ import annotations

from ..scenario import Scenario
from ..script import Script


class Ok(Scenario):
    name = "ok"
    title = "no fault (the control)"
    dies = "Nothing."
    sees = "Every result."
    why = (
        "A suite that only shows failures proves nothing: the same tasks, in the same pools, under the same watchdog, "
        "have to come back when nobody dies."
    )
    where = "-"
    instead = "-"
    tags = ("control", "quick")
    faulty = None
    kills = False
    fires = False
    script = Script()


SCENARIO = Ok()
