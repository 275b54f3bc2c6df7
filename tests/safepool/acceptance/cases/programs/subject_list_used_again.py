"""Root 6. A program clears or refills the list it gave to ``map_async``; a worker dies, and the rest of its chunk is made anew.

What must hold: results belong to the items as they were at the call.
"""

import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def ten(x):
    time.sleep(0.01)
    if x == 2:
        case.die()
    return x * 10


def run(variant, context):
    pool = safepool.Pool(2, context=context)
    batch = list(range(20))
    result = pool.map_async(ten, batch, 5, return_exceptions=True)
    if variant == "clear":
        batch.clear()
    else:
        batch[:] = range(1000, 1020)
    values = result.get(8)
    rest = [value for i, value in enumerate(values) if i != 2]
    case.check(isinstance(values[2], safepool.WorkerDied), f"{values}")
    case.check(rest == [i * 10 for i in range(20) if i != 2], f"{values}")
    pool.terminate()


if __name__ == "__main__":
    case.main(run)
