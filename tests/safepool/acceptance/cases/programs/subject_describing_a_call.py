"""Root 4. The callable is a proxy: asking it for a name it does not have runs users' code, which blocks, submits, or raises
SystemExit.

What must hold: when its worker dies, the task gets WorkerDied, and others are not held up.
"""

import sys
import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

act = None


class Proxy:
    def __call__(self):
        case.die()

    def __reduce__(self):
        return Proxy, ()

    def __getattr__(self, name):
        if act is not None and threading.current_thread() is not threading.main_thread():
            act()
        raise AttributeError(name)


def run(variant, context):
    global act
    pool = safepool.ProcessPoolExecutor(2, mp_context=context)
    pool.submit(case.same, 1).result(10)
    act = {"block": lambda: time.sleep(5), "submit": lambda: pool.submit(case.same, 1), "exit": sys.exit}[variant]
    victim, other = pool.submit(Proxy()), pool.submit(case.nap, 0.5)
    value, error = case.outcome(other.result, 4)
    case.check(value == 0.5, f"another task is answered by {error!r}")
    _, error = case.outcome(victim.result, 8)
    case.check(isinstance(error, safepool.WorkerDied), f"a death is answered by {error!r}")
    act = None
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
