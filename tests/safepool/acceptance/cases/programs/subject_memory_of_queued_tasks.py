"""Root 9. 150 tasks that share one argument of 2 MB are queued.

What must hold: they take less than 60 MB in the parent, and not each its own copy of the bytes.
"""

import functools
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def use(model, number):
    time.sleep(0.02)  # so that they queue
    return number


def run(variant, context):
    model = {i: f"word {i}" for i in range(100_000)}

    def peak():
        return case.status("VmHWM") // 1024  # getrusage's peak is inherited from who started this program

    pool = safepool.ProcessPoolExecutor(2, mp_context=context)
    if variant == "submit":
        pool.submit(use, model, 0).result(20)
        before = peak()
        futures = [pool.submit(use, model, i) for i in range(150)]
    else:
        call = functools.partial(use, model)
        pool.submit(call, 0).result(20)
        before = peak()
        futures = [pool.submit(call, i) for i in range(150)]
    grown = peak() - before
    case.check(grown < 60, f"the parent grew by {grown} MB while they were queued")
    case.check([future.result(60) for future in futures] == list(range(150)), "wrong")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
