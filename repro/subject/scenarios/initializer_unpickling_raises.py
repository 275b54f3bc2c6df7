"""The initializer can't be unpickled in the worker."""

from __future__ import annotations

from typing import Any

from .. import events
from ..scenario import Scenario
from ..script import Script


class Initializer:
    """Pickled with the worker's arguments; made again in the worker, where that fails."""

    def __call__(self) -> None:
        """Never called: no worker comes so far."""

    def __reduce__(self) -> Any:
        return explode, ()


def explode() -> None:
    """Called by pickle in the worker."""
    events.emit("fault")
    raise ValueError("this initializer can't be made again")


class InitializerUnpicklingRaises(Scenario):
    name = "initializer-unpickling-raises"
    title = "unpickling the initializer raises in the worker"
    dies = "Every worker, with status 1, while it starts: it can't even read what it is to run."
    sees = "multiprocessing.Pool: nothing, ever, but endless tracebacks. concurrent.futures: BrokenProcessPool for everything."
    why = (
        "A spawned worker reads its target and arguments before anything of the pool runs in it. Every worker that ends is "
        "replaced, and every replacement ends in the same way."
    )
    where = "Lib/multiprocessing/spawn.py: _main(); Lib/multiprocessing/forkserver.py: _serve_one(); pool.py: _maintain_pool()."
    instead = "An initializer that is a plain function of an importable module, with plain arguments."
    references = ("gh-87472",)
    tags = ("startup", "pickle")
    faulty = None
    kills = False
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError
    needs = ("initializer",)
    start_methods = ("spawn", "forkserver")  # with fork, nothing is pickled
    script = Script(
        above="""
            class Initializer:
                def __call__(self):
                    pass

                def __reduce__(self):
                    return int, ("no number",)  # what the worker calls to make it again
        """,
        options="initializer=Initializer()",
    )

    def options(self) -> dict[str, Any]:
        return {"initializer": Initializer()}


SCENARIO = InitializerUnpicklingRaises()
