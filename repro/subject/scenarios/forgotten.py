"""A pool is not closed, and the program ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class Forgotten(Scenario):
    name = "forgotten"
    title = "the program ends without closing its pool"
    dies = "Nothing."
    sees = "Every result, and the program ends."
    why = (
        "The interpreter's exit has to end the pool: multiprocessing terminates it, concurrent.futures joins its "
        "threads."
    )
    where = "Lib/multiprocessing/util.py: _exit_function(); Lib/concurrent/futures/process.py: _python_exit()."
    instead = "with."
    tags = ("shutdown",)
    faulty = None
    fires = False
    kills = False
    script = Script(
        main="""
            pool = POOL(3)
            print(CALL(worker, [1, 2, 3]))
        """
    )

    def drive(self, steps: Steps) -> None:
        steps.call()


SCENARIO = Forgotten()
