"""The process that starts the workers is killed: the forkserver, or a pool's own helper."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from .. import events
from ..procfs import children_of
from ..scenario import Scenario, UnsupportedError
from ..script import NAP, Script

if TYPE_CHECKING:
    from ..program import Steps


def is_tracker(pid: int) -> bool:
    """Whether it is multiprocessing's resource tracker, which starts no workers."""
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return "resource_tracker" in file.read()
    except OSError:
        return False


class HelperKilled(Scenario):
    name = "helper-killed"
    title = "the process that starts the workers is killed"
    dies = "The forkserver, by SIGKILL, while its workers are idle."
    sees = (
        "multiprocessing.Pool with forkserver: the next call is answered; terminate() and join() then never return, more often "
        "than not. concurrent.futures: BrokenProcessPool, although no worker died."
    )
    why = (
        "The writing end of a worker's sentinel is the forkserver's: its death says of every worker that it ended, although "
        "they live. multiprocessing.pool starts as many more, by a new forkserver; all of them share one queue, and at the "
        "end one that nobody counts waits in read() with the queue's lock, which terminate() wants."
    )
    where = (
        "Lib/multiprocessing/forkserver.py: main(); Lib/multiprocessing/popen_forkserver.py: Popen.poll(); "
        "Lib/multiprocessing/pool.py: Pool._help_stuff_finish()."
    )
    instead = "A pool that asks the kernel, not the helper, whether a process lives."
    tags = ("signal", "shutdown")
    inputs = (1, 2, 3, 4)
    faulty = None
    status = -signal.SIGKILL
    kills = False
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError
    script = Script(
        above=NAP,
        main="""
            with POOL(3) as pool:
                CALL(nap, [1, 2, 3])
                for line in os.popen("ps -o pid=,args= --ppid %d" % os.getpid()).read().splitlines():
                    if "_tracker" not in line and "ps -o" not in line:
                        print("to be killed:", line, flush=True)
                        os.kill(int(line.split()[0]), signal.SIGKILL)
                time.sleep(0.5)
                print(CALL(worker, [1, 2, 3]))
        """,
        start_method="forkserver",
    )

    def drive(self, steps: Steps) -> None:
        workers = steps.warm_up()
        helpers = [pid for pid in children_of(os.getpid()) if pid not in workers and not is_tracker(pid)]
        if not helpers:
            raise UnsupportedError("this pool has no process that starts its workers")
        for pid in helpers:
            events.emit("fault", victim=pid)
            os.kill(pid, signal.SIGKILL)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = HelperKilled()
