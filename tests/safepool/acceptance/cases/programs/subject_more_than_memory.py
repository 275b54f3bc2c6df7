"""Root 6. A message is larger than the address space of who must hold it: an argument of a worker's, a result of the parent's.

What must hold: that task fails with an error of its own, others go on, and workers do not die again and again.
"""

import resource

import safepool
from tests.safepool.acceptance.cases import subject_case as case

BIG = 400 << 20


def limit(room):
    space = (case.status("VmSize") << 10) + room
    resource.setrlimit(resource.RLIMIT_AS, (space, resource.RLIM_INFINITY))


def make(size):
    return bytes(size)


def run(variant, context):
    worker = variant == "argument"
    initializer, arguments = (limit, (300 << 20,)) if worker else (None, ())
    pool = safepool.ProcessPoolExecutor(2, context, initializer, arguments)
    case.check(pool.submit(case.same, 1).result(10) == 1, "wrong")
    if worker:
        big = pool.submit(len, bytes(BIG))
    else:
        limit(200 << 20)
        big = pool.submit(make, BIG)
    small = [case.outcome(pool.submit(case.same, i).result, 8) for i in range(4)]
    case.check(small == [(i, None) for i in range(4)], f"{small}")
    _, error = case.outcome(big.result, 8)
    case.check(isinstance(error, (MemoryError, safepool.WorkerDied, safepool.UnpickleFailed)), f"{error!r}")
    case.check(len(pool.deaths) <= 3, f"{len(pool.deaths)} deaths")
    case.check(pool.submit(case.same, 7).result(8) == 7, "wrong")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
