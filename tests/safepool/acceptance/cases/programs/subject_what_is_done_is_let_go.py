"""Root 9. Arguments of a task that is done, results that were taken, an endless imap whose pool is dropped.

What must hold: nothing of ours keeps them.
"""

import gc
import itertools
import weakref

import safepool
from tests.safepool.acceptance.cases import subject_case as case


class Thing:
    pass


def one(thing):
    return [1]


def run(variant, context):
    if variant == "imap":
        pool = safepool.Pool(1, context=context)
        iterator = pool.imap(case.same, itertools.count())
        worker = pool.apply(case.ids)[0]
        case.check(next(iterator) == 0, "wrong")
        gone = weakref.ref(pool)
        del pool, iterator
        gc.collect()
        case.until(lambda: gone() is None and not case.alive(worker), 5, "the pool and its worker are still there")
        return
    pool = safepool.ProcessPoolExecutor(1, mp_context=context)
    thing = Thing()
    gone = weakref.ref(thing)
    future = pool.submit(one, thing)
    del thing
    case.until(future.done, 10, "no answer")
    case.until(lambda: gc.collect() >= 0 and gone() is None, 2, "the argument is kept until the result is asked for")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
