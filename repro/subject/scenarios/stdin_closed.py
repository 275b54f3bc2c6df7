"""The program runs without a standard input."""

from __future__ import annotations

import os

from ..scenario import Scenario
from ..script import Script


class StdinClosed(Scenario):
    name = "stdin-closed"
    title = "standard input is closed"
    dies = "Nothing."
    sees = "Every result."
    why = "Workers open the null device as their standard input; a descriptor 0 that is free gets something else first."
    where = "Lib/multiprocessing/process.py: BaseProcess._bootstrap(), util._close_stdin()."
    instead = "-"
    tags = ("startup",)
    faulty = None
    fires = False
    kills = False
    script = Script(prepare="os.close(0)")

    def before_open(self) -> None:
        os.close(0)


SCENARIO = StdinClosed()
