"""Root 4. An argument of a chunk raises SystemExit when it is pickled a second time, since its worker died.

What must hold: that item fails with an error of its own, the others get values, and no thread of the pool ends of it.
"""

import sys

import safepool
from tests.safepool.acceptance.cases import subject_case as case


class Once:
    """Pickled once."""

    def __init__(self):
        self.times = 0

    def __reduce__(self):
        self.times += 1
        if self.times > 1:
            sys.exit(5)
        return Once, ()


def work(x):
    if x == 1:
        case.die()
    return True


def run(variant, context):
    pool = safepool.Pool(1, context=context)
    items = [0, 1, 2, Once(), 4]
    answers = pool.map_async(work, items, 5, return_exceptions=True).get(8)
    case.check(isinstance(answers[1], safepool.WorkerDied), f"{answers}")
    case.check(isinstance(answers[3], Exception) and not isinstance(answers[3], safepool.PoolBroken), f"{answers}")
    case.check(answers[0] is answers[2] is answers[4] is True, f"{answers}")
    case.check(pool.apply_async(case.same, (1,)).get(8) == 1, "wrong")
    pool.close()
    pool.join()


if __name__ == "__main__":
    case.main(run)
