"""Root 8. A test mocks a call of the system's: which pid, whose child, how many nanoseconds, how a file is read and written.

What must hold: a pool that was made before, and one that is made meanwhile, work; and the first one does so afterwards.
"""

import os
import time
from unittest import mock

import safepool
from tests.safepool.acceptance.cases import subject_case as case

NAMES = {
    "pid": (os, "getpid"),
    "parent": (os, "getppid"),
    "nanoseconds": (time, "monotonic_ns"),
    "write": (os, "write"),
    "read": (os, "read"),
}


def used(pool, executor):
    got = [pool.apply(case.same, (3,)), pool.map(case.same, [1, 2], 1), executor.submit(case.same, 4).result(10)]
    case.check(got == [3, [1, 2], 4], f"wrong: {got}")
    _, error = case.outcome(pool.apply_async(case.die).get, 10)
    case.check(isinstance(error, safepool.WorkerDied), f"a death is answered by {error!r}")


def run(variant, context):
    import safepool.interfaces.executor
    import safepool.interfaces.pool

    def pools():
        return safepool.Pool(1, context=context), safepool.ProcessPoolExecutor(1, mp_context=context)

    pool, executor = pools()
    with pool, executor:
        with mock.patch.object(*NAMES[variant], return_value=123456):
            used(pool, executor)
            another, other = pools()
            with another, other:
                used(another, other)
        used(pool, executor)


if __name__ == "__main__":
    case.main(run)
