"""Root 1. A handler raises (Ctrl-C, a timeout by SIGALRM) at a random moment of one call.

What must hold: the same call again returns, who waits in another thread is told, the pool works or says that it is broken, its
end comes, and no process or descriptor is left. ``result`` interrupted while it unpickles raises the interrupt, and later the
value.
"""

import random
import signal
import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 4.0


def interrupted(seconds, call):
    """Ctrl-C after `seconds`, unless the call has ended by then; swallowed here."""
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass


def for_ever(call):
    """Until the interrupt; or for a second, since Python drops one that comes in the callback of a weak reference."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        call()


class Slow:
    """Takes a moment to be unpickled."""

    def __setstate__(self, state):
        time.sleep(0.3)
        self.state = "whole"

    def __getstate__(self):
        return 1


def slow():
    return Slow()


def run(variant, context):
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    chance = random.Random(3)
    safepool.Pool(1, context=context).terminate()  # what the first pool of a program makes once
    before = case.descriptors(), case.children()
    end = time.monotonic() + SECONDS
    for _ in range(60):
        {"new": new, "submit": submit, "apply": apply, "result": result}.get(variant, ending)(variant, context, chance)
        if time.monotonic() > end:
            break

    def left():
        return len(case.descriptors()) - len(before[0]), case.children() - before[1]

    case.until(lambda: left() in ((0, set()), (-1, set())), 4, lambda: f"left: {left()}")


def new(variant, context, chance):
    """The constructor; nothing of a pool that was never handed out is left."""
    pools = []
    make = safepool.ProcessPoolExecutor
    interrupted(10 ** chance.uniform(-4.5, -1.7), lambda: pools.append(make(2, mp_context=context)))
    for pool in pools:
        pool.shutdown()


def submit(variant, context, chance):
    """Large arguments in many calls; then the pool is asked once more, and ended."""
    pool = safepool.ProcessPoolExecutor(2, mp_context=context)
    futures = []
    data = b"x" * 100_000
    interrupted(chance.uniform(0.001, 0.03), lambda: for_ever(lambda: futures.append(pool.submit(len, data))))
    answers(pool, futures)
    pool.shutdown()


def apply(variant, context, chance):
    """A call that waits."""
    pool = safepool.Pool(2, context=context)
    interrupted(chance.uniform(0.001, 0.03), lambda: for_ever(lambda: pool.apply(case.same, (1,))))
    _, error = case.outcome(lambda: pool.apply_async(case.same, (1,)).get(10))
    case.check(error is None or isinstance(error, safepool.PoolBroken), repr(error))
    pool.close()
    pool.join()


def answers(pool, futures):
    for future in futures:
        _, error = case.outcome(future.result, 10)
        case.check(error is None or isinstance(error, safepool.PoolBroken), repr(error))
    try:
        case.check(pool.submit(case.same, 7).result(10) == 7, "wrong")
    except safepool.PoolBroken:
        pass


def result(variant, context, chance):
    """While the value is unpickled."""
    pool = safepool.ProcessPoolExecutor(1, mp_context=context)
    future = pool.submit(slow)
    case.until(future.done, 10, "no answer")
    hit = None
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        future.result(10)
    except BaseException as error:
        hit = error
    signal.setitimer(signal.ITIMER_REAL, 0)
    case.check(type(hit) is KeyboardInterrupt, f"the interrupt came as {hit!r}")
    case.check(future.result(10).state == "whole", "no value")
    pool.shutdown()


def ending(variant, context, chance):
    """terminate(), close() or shutdown() with tasks that run, wait, and are waited for by another thread."""
    is_pool = variant in ("terminate", "close")
    pool = safepool.Pool(2, context=context) if is_pool else safepool.ProcessPoolExecutor(2, mp_context=context)
    go = (lambda: pool.apply_async(case.nap, (0.05,)).get) if is_pool else (lambda: pool.submit(case.nap, 0.05).result)
    asked = [go() for _ in range(4 if variant == "close" else 300)]
    told = []
    waiter = threading.Thread(target=lambda: told.extend(case.outcome(get) for get in asked), daemon=True)
    waiter.start()
    end = {"terminate": lambda: pool.terminate(), "close": lambda: pool.close()}.get(
        variant, lambda: pool.shutdown(wait=False, cancel_futures=True)
    )
    interrupted(10 ** chance.uniform(-5, -2.3), end)
    end()  # again, as everybody would
    if is_pool:
        pool.join()
    else:
        pool.shutdown()
    waiter.join(5)
    case.check(not waiter.is_alive(), f"{len(told)} of {len(asked)} calls were answered")


if __name__ == "__main__":
    case.main(run)
