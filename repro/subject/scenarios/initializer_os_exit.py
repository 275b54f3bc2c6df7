"""The initializer of the workers ends the process."""

from __future__ import annotations

import os
from typing import Any

from .. import events
from ..scenario import Scenario


def initializer() -> None:
    """Runs in every worker before its first task."""
    events.emit("fault")
    os._exit(1)


class InitializerOsExit(Scenario):
    name = "initializer-os-exit"
    title = "the initializer calls os._exit(1)"
    dies = "Every worker, at once, before its first task."
    sees = (
        "multiprocessing.Pool: nothing, ever, while it starts workers as fast as it can, hundreds a second. "
        "concurrent.futures: BrokenProcessPool for everything, without the reason."
    )
    why = (
        "Every worker that ends is replaced, and every replacement ends in the same way. multiprocessing.pool has "
        "no limit, and does not look at how a worker ended."
    )
    where = (
        "Lib/multiprocessing/pool.py: worker(), Pool._maintain_pool(); Lib/concurrent/futures/process.py: "
        "_process_worker(). gh-80041, gh-87472."
    )
    instead = "A pool that gives up after a few starts, and says why."
    references = ("gh-80041", "gh-87472")
    tags = ("startup",)
    faulty = None
    needs = ("initializer",)
    status = 1

    def options(self) -> dict[str, Any]:
        return {"initializer": initializer}


SCENARIO = InitializerOsExit()
