"""The initializer of the workers raises."""

from __future__ import annotations

from typing import Any, Callable

from .. import events
from ..scenario import Scenario
from ..script import Script


def initializer() -> None:
    """Runs in every worker before its first task."""
    events.emit("fault")
    raise RuntimeError("the initializer could not reach its database")


class InitializerRaises(Scenario):
    """The others of its kind derive from it: they die in another way, and all else is the same."""

    name = "initializer-raises"
    title = "the initializer raises"
    dies = "Every worker before its first task: with status 1 in multiprocessing.Pool, with 0 in concurrent.futures."
    sees = (
        "multiprocessing.Pool: nothing, ever, while it starts workers as fast as it can: 90 to 220 a second with fork. "
        "concurrent.futures: BrokenProcessPool for everything; the reason stands on stderr only."
    )
    why = (
        "Every worker that ends is replaced, and every replacement ends in the same way. multiprocessing.pool has "
        "no limit, and does not look at how a worker ended."
    )
    where = (
        "Lib/multiprocessing/pool.py: worker(), Pool._maintain_pool(); Lib/concurrent/futures/process.py: "
        "_process_worker(). gh-87472."
    )
    instead = "A pool that gives up after a few starts, and says why."
    references = ("gh-87472",)
    tags = ("startup",)
    faulty = None
    needs = ("initializer",)
    kills = False
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError

    initializer: Callable[[], None] = staticmethod(initializer)
    script = Script(
        above="""
            def initializer():
                raise RuntimeError("no database")
        """,
        options="initializer=initializer",
    )

    def options(self) -> dict[str, Any]:
        return {"initializer": self.initializer}


SCENARIO = InitializerRaises()
