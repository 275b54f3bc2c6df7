"""Root 11. Descriptors are short while a pool is made, by one more each time; then they are there again.

What must hold: the constructor raises OSError and leaves nothing, or the pool works, or says that it is broken; its end comes.
"""

import resource
from multiprocessing import resource_tracker

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def end(pool):
    if isinstance(pool, safepool.Pool):
        pool.close()
        pool.join()
    else:
        pool.shutdown()


def run(variant, context):
    is_pool = variant == "pool"

    def make():
        return safepool.Pool(2, context=context) if is_pool else safepool.ProcessPoolExecutor(2, mp_context=context)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    end(make())  # what the first pool of a program makes once stays
    tracker = {resource_tracker._resource_tracker._pid} - {None}
    case.until(lambda: case.children() == tracker, 5, "children are left")
    held = len(case.descriptors())
    for more in range(1, 26):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(case.descriptors()) + more, hard))
        pool, error = case.outcome(make)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if error is not None:
            case.check(isinstance(error, OSError), f"{more} more descriptors: {error!r}")
            case.until(lambda: len(case.descriptors()) <= held, 4, lambda m=more: f"{m}: {case.descriptors()}")
            case.until(lambda: case.children() == tracker, 4, f"{more}: children are left")
            continue
        print(more, "more descriptors: made", flush=True)
        value, error = case.outcome(
            pool.apply_async(case.same, (1,)).get if is_pool else pool.submit(case.same, 1).result, 6
        )
        case.check(value == 1 or isinstance(error, safepool.PoolBroken), f"{more}: {error!r}")
        end(pool)


if __name__ == "__main__":
    case.main(run)
