"""The temporary directory is full."""

from __future__ import annotations

import tempfile

from .. import events, full
from ..scenario import Scenario


class TempFull(Scenario):
    name = "temp-full"
    title = "the temporary directory is full"
    dies = "Nothing. The disk of the temporary directory, which the program has used before, is full when the pool is made."
    sees = (
        "With forkserver: an OSError when the first worker is started, for its socket has no place. With fork and spawn: "
        "every result."
    )
    why = (
        "The forkserver listens on a socket in a folder of its own below the temporary directory. A program that asks for "
        "that directory for the first time when it is full gets another one: tempfile tries to write, and goes on looking."
    )
    where = (
        "Lib/multiprocessing/util.py: get_temp_dir(); Lib/multiprocessing/forkserver.py: ForkServer.ensure_running()."
    )
    instead = "Room; or TMPDIR in another place."
    tags = ("startup",)
    faulty = None
    kills = False
    script = full.full_script("tempfile.gettempdir()")._replace(start_method="forkserver")

    def before_open(self) -> None:
        full.fill(tempfile.gettempdir())
        events.emit("fault")

    def work(self, number: int) -> int:
        return number


SCENARIO = TempFull()
