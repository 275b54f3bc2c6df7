"""Root 2. SIGTERM goes to the whole group (docker stop, systemd, timeout), the parent notes it and drains; workers ignore it.

What must hold: every task that was submitted gets its result; with ``replaced`` a worker ends after each task.
"""

import os
import signal
import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def ignore():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def run(variant, context):
    noted = []
    signal.signal(signal.SIGTERM, lambda *_: noted.append(1))
    pool = safepool.Pool(2, ignore, context=context, maxtasksperchild=1 if variant == "replaced" else None)
    pool.map(case.same, range(2))
    asked = [pool.apply_async(case.nap, (0.2,)) for _ in range(8)]
    threading.Timer(0.3, os.killpg, (0, signal.SIGTERM)).start()
    answers = [case.outcome(result.get, 8) for result in asked]
    case.check(noted, "no SIGTERM came")
    case.check(all(error is None for _, error in answers), f"{answers}")
    pool.close()
    pool.join()


if __name__ == "__main__":
    case.main(run)
