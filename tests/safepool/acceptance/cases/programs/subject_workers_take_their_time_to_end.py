"""Root 10. Workers have something to do when they end: it takes three seconds, or ``terminate()`` meets them idle.

What must hold: ``close(); join()`` waits for it, and an idle worker's ``Finalize`` runs under ``terminate()``.
"""

import os
import threading
import time
from multiprocessing import util

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def save(seconds):
    name = f"saved-{os.getpid()}"
    time.sleep(seconds)
    open(name, "w").close()


def prepare(how, seconds):
    if how == "thread":
        threading.Thread(target=save, args=(seconds,)).start()
    else:
        util.Finalize(None, save, args=(seconds,), exitpriority=10)


def run(variant, context):
    pool = safepool.Pool(2, prepare, (variant, 0 if variant == "terminate" else 3), context=context)
    pids = {pool.apply(case.ids)[0] for _ in range(20)} | {worker.pid for worker in pool.workers}
    if variant == "terminate":
        case.until(lambda: all(worker.state == "idle" for worker in pool.workers), 5, "not idle")
        pool.terminate()
    else:
        pool.close()
    pool.join()
    saved = [name for name in os.listdir(".") if name.startswith("saved-")]
    case.check(len(saved) == len(pids), f"{len(saved)} of {len(pids)} workers came to save")


if __name__ == "__main__":
    case.main(run)
