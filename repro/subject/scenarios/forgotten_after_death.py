"""A pool whose worker has died is not closed, and the program ends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class ForgottenAfterDeath(Scenario):
    name = "forgotten-after-death"
    title = "a worker dies, and the program ends without closing its pool"
    dies = "The worker with the third task, with status 1."
    sees = "multiprocessing.Pool: the call never returns. concurrent.futures: BrokenProcessPool, and the program ends."
    why = "As for os-exit, with the interpreter's exit in place of an orderly end."
    where = "Lib/multiprocessing/util.py: _exit_function()."
    instead = "with."
    references = ("gh-66587",)
    tags = ("shutdown", "exit")
    status = 1
    script = Script(
        fault="os._exit(1)",
        main="""
            pool = POOL(3)
            print(CALL(worker, [1, 2, 3]))
        """,
    )

    def fire(self) -> None:
        os._exit(1)

    def drive(self, steps: Steps) -> None:
        steps.call()


SCENARIO = ForgottenAfterDeath()
