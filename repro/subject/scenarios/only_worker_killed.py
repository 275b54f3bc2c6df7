"""The only worker is killed while it is idle."""

from __future__ import annotations

from ..script import NAP, Script
from .idle_killed import IdleKilled


class OnlyWorkerKilled(IdleKilled):
    name = "only-worker-killed"
    title = "the only worker of a pool is killed while idle"
    dies = "The one worker of a pool of one, by SIGKILL. Nobody has a task."
    sees = (
        "multiprocessing.Pool: the next call never returns, and terminate() hangs. concurrent.futures: BrokenProcessPool for "
        "the next call."
    )
    why = "An idle worker that is alone always holds the lock of the queue: what is chance in idle-killed is certain here."
    where = "Lib/multiprocessing/queues.py: SimpleQueue.get(). gh-96062."
    instead = "A pool without shared locks."
    references = ("gh-96062",)
    tags = ("signal",)
    inputs = (1, 2)
    workers = 1
    operation = "apply_async"  # map divides by the number of workers: while there is none, it raises ZeroDivisionError
    script = Script(
        above=NAP,
        main="""
            with POOL(1) as pool:
                (pid,) = CALL(nap, [1])
                time.sleep(0.5)  # it is idle then
                os.kill(pid, signal.SIGKILL)
                time.sleep(0.5)
                print(CALL(worker, [1, 2, 3]))
        """,
    )


SCENARIO = OnlyWorkerKilled()
