"""A program without ``if __name__ == '__main__'`` makes a pool with ``spawn``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import events
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class NoMainGuard(Scenario):
    name = "no-main-guard"
    title = "a program without a main guard spawns workers"
    dies = "Every worker, with a RuntimeError, before its first task: it runs the program, which makes a pool."
    sees = (
        "multiprocessing.Pool: nothing, ever, but endless tracebacks, for every worker is replaced. "
        "concurrent.futures: BrokenProcessPool."
    )
    why = "A spawned worker imports the main module to find its functions, and runs whatever is not guarded."
    where = "Lib/multiprocessing/spawn.py: _check_not_importing_main()."
    instead = "if __name__ == '__main__':"
    tags = ("startup",)
    faulty = None
    kills = False
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError
    start_methods = ("spawn",)
    entry = "program_without_guard"
    script = Script(guard=False)

    def drive(self, steps: Steps) -> None:
        events.emit("fault")
        super().drive(steps)


SCENARIO = NoMainGuard()
