"""All workers are killed while they are idle."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from .. import events
from ..rendezvous import kill_all
from ..scenario import Scenario
from ..script import NAP, Script

if TYPE_CHECKING:
    from ..program import Steps


class AllIdleKilled(Scenario):
    name = "all-idle-killed"
    title = "all idle workers are killed"
    dies = "Every worker, by SIGKILL, while nobody has a task: a container that was squeezed for memory."
    sees = (
        "multiprocessing.Pool: the next call never returns; terminate() and the interpreter's exit hang. "
        "concurrent.futures: BrokenProcessPool for the next call."
    )
    why = (
        "One of them held the lock of the task queue: see idle-killed. New workers are started, and wait for that lock."
    )
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(). gh-96062."
    instead = "A pool without shared locks."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs = (1, 2, 3, 4)
    faulty = None
    status = -signal.SIGKILL
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError
    script = Script(
        above=NAP,
        main="""
            with POOL(3) as pool:
                workers = set(CALL(nap, [1, 2, 3]))
                time.sleep(0.5)  # they are idle then
                for pid in workers:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.5)
                print(CALL(worker, [1, 2, 3]))
        """,
    )

    def drive(self, steps: Steps) -> None:
        workers = steps.warm_up()
        for victim in workers:
            events.emit("fault", victim=victim)
        kill_all(workers)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = AllIdleKilled()
