"""Every worker runs the initializer before its first task."""

from __future__ import annotations

import os
from typing import Any

from .. import checks
from ..scenario import Scenario


class Initializer(Scenario):
    name = "initializer"
    title = "workers are initialized"
    tags = ("control",)
    faulty = None
    kills = False
    fires = False
    needs = ("initializer",)

    def options(self) -> dict[str, Any]:
        return {"initializer": checks.initializer}

    def work(self, number: int) -> int:
        if not os.path.exists(checks.initialized_file(os.getpid())):
            raise RuntimeError(f"the initializer did not run in worker {os.getpid()}, which runs task {number}")
        return number


SCENARIO = Initializer()
