"""A worker that has started a subprocess dies; the subprocess lives on."""

from __future__ import annotations

import os
import subprocess
import sys

from .. import cell
from ..scenario import Scenario
from ..script import Script


class GrandchildSubprocess(Scenario):
    name = "grandchild-subprocess"
    title = "a worker starts a subprocess and dies"
    dies = "The worker, with status 1. The subprocess lives on; it was started with close_fds, as is the default."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = "subprocess closes the pipes in its child, so that the sentinel tells the truth here."
    where = "Lib/subprocess.py: close_fds."
    instead = "-"
    tags = ("exit",)
    status = 1
    script = Script(
        """
            subprocess.Popen(["sleep", "60"])
            os._exit(1)
        """
    )

    def fire(self) -> None:
        finished = cell.current().path("finished")
        wait = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.2)"
        subprocess.Popen([sys.executable, "-S", "-c", wait, finished])
        os._exit(1)


SCENARIO = GrandchildSubprocess()
