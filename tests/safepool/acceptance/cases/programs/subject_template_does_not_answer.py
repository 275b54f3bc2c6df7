"""Root 2. The template is stopped when a worker dies (``stop``), is killed with a kill of ours in its socket
(``kill-unheard``), is killed just before tasks come (``killed``), or waits for a lock in somebody's at-fork hook (``hook``).

What must hold: every call is answered, its value or why not, and the program ends.
"""

import os
import signal
import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    if variant == "hook":
        lock = threading.Lock()
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release)  # a child never lets it go
    pool = safepool.Pool(2, context=context)
    if variant == "hook":
        _, error = case.outcome(pool.apply_async(case.same, (1,)).get, 6)
        case.check(error is None or isinstance(error, safepool.PoolBroken), f"answered by {error!r}")
    else:
        _worker, template = pool.apply(case.ids)
        if variant == "killed":
            asked = [pool.apply_async(case.nap, (0.3,))]
            os.kill(template, signal.SIGKILL)
            asked += [pool.apply_async(case.same, (1,)) for _ in range(4)]
        elif variant == "stop":
            os.kill(template, signal.SIGSTOP)
            asked = [pool.apply_async(case.die), pool.apply_async(case.same, (1,))]
        else:
            asked = [pool.options(timeout=0.2).apply_async(case.nap, (30,))]
            os.kill(template, signal.SIGSTOP)
            time.sleep(0.6)
            os.kill(template, signal.SIGKILL)
        for result in asked:
            _, error = case.outcome(result.get, 6)
            fine = error is None or isinstance(error, (safepool.PoolBroken, safepool.WorkerDied, safepool.TaskTimeout))
            case.check(fine, f"answered by {error!r}")
    pool.terminate()
    pool.join()


if __name__ == "__main__":
    case.main(run)
