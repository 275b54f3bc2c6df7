"""An idle worker that waits for the lock of the queue is killed."""

from __future__ import annotations

from ..procfs import the_reader, who_waits_for_a_lock
from .idle_killed import IdleKilled, idle_script


class IdleWaitingKilled(IdleKilled):
    name = "idle-waiting-killed"
    title = "an idle worker without the queue's lock is killed"
    dies = "Of three idle workers, one that waits for the lock of the queue, by SIGKILL. Nobody has a task."
    sees = "multiprocessing.Pool: every result; the worker is replaced. concurrent.futures: BrokenProcessPool."
    why = (
        "Who waits for a semaphore leaves nothing behind when it dies: the harmless half of idle-killed. Which of the workers "
        "it hits is chance; in production one of three kills of idle workers is the other half."
    )
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(). gh-96062."
    instead = "A pool without shared locks."
    references = ("gh-96062",)
    tags = ("signal",)
    script = idle_script("futex")

    def pick(self, workers: list[int]) -> int:
        reader = the_reader(workers)
        return who_waits_for_a_lock([pid for pid in workers if pid != reader])


SCENARIO = IdleWaitingKilled()
