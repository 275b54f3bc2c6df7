"""Root 5. What an initializer leaves behind ends each worker when it is ready, and wants to read its first task.

What must hold: whoever waits is told, and the program ends.
"""

import os
import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def refuse(*_):
    raise PermissionError("this sandbox reads nothing")


def replaced():
    os.read = refuse


def closed():
    """A library that daemonizes, a moment later."""
    threading.Timer(0.001, os.closerange, (3, 200)).start()


def run(variant, context):
    initializer = {"replaced": replaced, "closed": closed}[variant]
    with safepool.Pool(2, initializer, context=context) as pool:
        value, error = case.outcome(pool.map_async(case.same, range(5), 1).get, 40)
        case.check(isinstance(error, (safepool.PoolBroken, safepool.WorkerDied)) or value, f"answered by {error!r}")
    with safepool.ProcessPoolExecutor(1, context, initializer) as executor:
        value, error = case.outcome(executor.submit(case.same, 3).result, 40)
        case.check(
            isinstance(error, (safepool.PoolBroken, safepool.WorkerDied)) or value == 3, f"answered by {error!r}"
        )


if __name__ == "__main__":
    case.main(run)
