"""A worker is killed in the middle of reading a large argument."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from .. import events
from ..heavy import heavy
from ..procfs import bytes_read_by
from ..rendezvous import await_true
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps

#: The argument's size, and how much of it the worker has read when it is killed, in bytes.
SIZE = 200 << 20
ENOUGH = 4 << 20


def shoot(before: dict[int, int]) -> None:
    """Kill the worker that is in the middle of reading a lot."""
    found: list[int] = []

    def look() -> bool:
        found[:] = [pid for pid, count in before.items() if bytes_read_by(pid) - count > ENOUGH]
        return bool(found)

    if await_true(look, 10.0):
        events.emit("fault", task=3, victim=found[0])
        os.kill(found[0], signal.SIGKILL)


class KilledReadingArgument(Scenario):
    name = "killed-reading-argument"
    title = "a worker is killed while it reads 200 MB"
    dies = "The worker that reads the argument of 200 MB, by SIGKILL."
    sees = (
        "multiprocessing.Pool: nothing, ever; later calls, terminate() and the interpreter's exit hang. "
        "concurrent.futures: BrokenProcessPool for everything; from 3.9 on, before the fix, shutdown hangs."
    )
    why = (
        "The rest of the message stays in the pipe that all workers share, and the dead worker has taken the lock "
        "of its reading end along. The parent's writing thread waits for room."
    )
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(); gh-94777, fixed in 3.11.5 and 3.12."
    instead = "A channel for each worker."
    references = ("gh-94777",)
    tags = ("signal", "pickle")
    status = -signal.SIGKILL
    script = Script(
        above="""
            def nap(x):
                time.sleep(0.5)  # so that each worker has one
                return os.getpid()

            def read_by(pid):
                return int(open("/proc/%d/io" % pid).readline().split()[1])

            def shoot(before):  # the one that has read 4 MB of the argument, and not the rest
                while True:
                    for pid in before:
                        if read_by(pid) > before[pid] + 2**22:
                            return os.kill(pid, signal.SIGKILL)
        """,
        worker="""
            def worker(x):
                return len(x)
        """,
        main="""
            with POOL(3) as pool:
                before = {pid: read_by(pid) for pid in CALL(nap, [1, 2, 3])}
                threading.Thread(target=shoot, args=(before,), daemon=True).start()
                print(CALL(worker, [b"1", b"2", bytes(200 * 2**20)]))
        """,
        well="It prints the lengths of all arguments.",
        last="[[]1, 1, 209715200]",
    )

    def argument(self, number: int) -> Any:
        return heavy(number, SIZE) if number == self.faulty else number

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        workers = steps.warm_up()
        before = {pid: bytes_read_by(pid) for pid in workers}
        threading.Thread(target=shoot, args=(before,), daemon=True).start()
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = KilledReadingArgument()
