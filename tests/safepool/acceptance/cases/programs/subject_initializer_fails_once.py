"""Root 10. The initializer of one replacement fails, after the pool has worked.

What must hold: the pool bears it, as the standard one does.
"""

import os

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def start(log):
    with open(log, "a") as file:
        file.write("x")
    if os.path.getsize(log) == 3:
        raise ValueError("the third worker cannot start")


def run(variant, context):
    pool = safepool.Pool(2, start, (os.path.abspath("log"),), context=context)
    pool.map(case.same, range(8))
    case.until(lambda: all(worker.state == "idle" for worker in pool.workers), 10, "not idle")
    asked = [pool.apply_async(case.nap, (0.3,)), pool.apply_async(case.die)]
    asked += [pool.apply_async(case.same, (i,)) for i in range(4)]
    answers = [case.outcome(result.get, 8) for result in asked]
    case.check(isinstance(answers[1][1], safepool.WorkerDied), f"{answers}")
    case.check([error for i, (_, error) in enumerate(answers) if i != 1] == [None] * 5, f"{answers}")
    pool.close()
    pool.join()


if __name__ == "__main__":
    case.main(run)
