"""A worker dies after it has answered, and before it has the next task."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from .. import cell, events
from ..rendezvous import await_files
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: How long after the task the worker dies, in seconds: its answer has left by then, and it waits for more.
LATER = 0.1


def shoot() -> None:
    time.sleep(LATER)
    events.emit("fault")
    with open(cell.current().path("shot"), "w"):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


class BetweenTasks(Scenario):
    name = "between-tasks"
    title = "a worker dies between two tasks"
    dies = "The worker that had the third task, by SIGKILL, some milliseconds after its result has left."
    sees = (
        "multiprocessing.Pool: every result; and if the worker held the queue's lock when it died, the next call never "
        "returns. concurrent.futures: every result, and BrokenProcessPool for the next call."
    )
    why = (
        "An idle worker of multiprocessing.pool waits for the lock of the task queue, or holds it and reads. It "
        "depends on the moment."
    )
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(). gh-96062."
    instead = "A pool without shared locks."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs = (1, 2, 3)
    status = -signal.SIGKILL
    script = Script(
        above="""
            def shoot():
                time.sleep(0.2)  # the result has left then
                os.kill(os.getpid(), signal.SIGKILL)
        """,
        fault="threading.Thread(target=shoot).start()",
        main="""
            with POOL(3) as pool:
                print(CALL(worker, [1, 2, 3]), flush=True)
                time.sleep(0.5)
                try:
                    print(CALL(worker, [1, 2]))
                except Exception as error:
                    print("the next call:", repr(error))
        """,
        well="It prints every result of the first call.",
        last="*",
    )

    def work(self, number: int) -> int:
        if number == self.faulty:
            threading.Thread(target=shoot, daemon=True).start()
        return number

    def drive(self, steps: Steps) -> None:
        steps.call()
        await_files([cell.current().path("shot")], 5.0)
        steps.use_again()
        steps.close()


SCENARIO = BetweenTasks()
