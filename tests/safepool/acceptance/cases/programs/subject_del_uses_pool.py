"""Root 1. The collector runs a ``__del__`` that submits, cancels, shuts down or terminates, in the middle of a call of the pool.

What must hold: every task is answered, and the program ends.
"""

import concurrent.futures
import functools
import gc
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 3.0


class Handle:
    """In a circle with itself, so that only the collector ends it."""

    def __init__(self, act):
        self.me = self
        self.act = act

    def __del__(self):
        try:
            self.act()
        except (RuntimeError, ValueError):
            pass  # the pool has been ended


def executor_of(context):
    return safepool.ProcessPoolExecutor(1, mp_context=context)


def finish(pool, variant):
    if variant == "shutdown":
        pool.shutdown(wait=False)
    else:
        pool.terminate_workers()


def run(variant, context):
    gc.set_threshold(30, 5, 5)
    end = time.monotonic() + SECONDS
    pool = executor_of(context)
    while time.monotonic() < end:
        asked = []
        if variant in ("shutdown", "terminate"):
            own = executor_of(context)
            Handle(functools.partial(finish, own, variant))
        else:
            own = pool
        for _ in range(100):
            if variant == "submit":
                Handle(lambda: pool.submit(case.same, 1))
            elif variant == "cancel":
                Handle(pool.submit(case.same, 1).cancel)
            try:
                asked.append(own.submit(case.same, 1))
            except RuntimeError:
                break  # the collector came, and ended it
        for future in asked:
            value, error = case.outcome(future.result, 10)
            told = isinstance(error, (safepool.PoolBroken, concurrent.futures.CancelledError))
            case.check(value == 1 or (told and own is not pool), f"answered by {error!r}")
        own = None
    gc.set_threshold(0)
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
