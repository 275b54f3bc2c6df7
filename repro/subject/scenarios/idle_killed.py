"""An idle worker is killed: the one that waits for the next task."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from .. import events
from ..procfs import alive, the_reader
from ..rendezvous import await_true
from ..scenario import Scenario
from ..script import NAP, Script

if TYPE_CHECKING:
    from ..program import Steps


def idle_script(waits_in: str, kind: str = "SIGKILL") -> Script:
    """A program in which one idle worker of three gets a signal. waits_in: what the kernel's name for its place has in it."""
    return Script(
        above=NAP,
        main=f"""
            with POOL(3) as pool:
                workers = set(CALL(nap, [1, 2, 3]))
                time.sleep(0.5)  # they are idle then: one reads the queue, the others wait for its lock
                place = {{pid: open("/proc/%d/wchan" % pid).read() for pid in workers}}
                print(place, flush=True)
                os.kill(max(workers, key=lambda pid: "{waits_in}" in place[pid]), signal.{kind})
                time.sleep(0.5)
                print(CALL(worker, [1, 2, 3]))
        """,
    )


class IdleKilled(Scenario):
    """The others of its kind derive from it: who is hit, or how, is another matter, and all else is the same."""

    name = "idle-killed"
    title = "an idle worker is killed"
    dies = "Of three idle workers, the one that reads the queue, by SIGKILL. Nobody has a task."
    sees = (
        "multiprocessing.Pool: the next call never returns, and terminate() and the interpreter's exit hang, too. "
        "concurrent.futures: BrokenProcessPool for the next call."
    )
    why = (
        "An idle worker of multiprocessing.pool waits in read() while it holds the lock of the task queue. It "
        "dies with the lock, and a lock of that kind has no owner who could be found dead: the other workers wait "
        "for it for ever, and so does terminate(). In concurrent.futures, idle workers share a queue in the same "
        "way; the pool breaks, but notices."
    )
    where = (
        "Lib/multiprocessing/queues.py: SimpleQueue.get(); Lib/multiprocessing/pool.py: "
        "Pool._help_stuff_finish(). gh-96062."
    )
    instead = "A pool without shared locks: each worker with a channel of its own."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs: tuple[int, ...] = (1, 2, 3, 4)
    faulty = None
    status: int | None = -signal.SIGKILL
    script: Script | None = idle_script("pipe")

    def pick(self, workers: list[int]) -> int:
        """The victim, of idle workers."""
        return the_reader(workers)

    def hit(self, victim: int) -> None:
        """Do it, and wait until it is done."""
        os.kill(victim, signal.SIGKILL)
        await_true(lambda: not alive(victim), 5.0)

    def drive(self, steps: Steps) -> None:
        victim = self.pick(steps.warm_up())
        events.emit("fault", victim=victim)
        self.hit(victim)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = IdleKilled()
