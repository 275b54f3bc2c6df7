"""Root 1. A signal's handler submits, cancels, closes, terminates or shuts down, while the main thread is inside a call of the
pool.

What must hold: the program goes on; later calls are answered or refused, and the pool ends.
"""

import concurrent.futures
import random
import signal
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

ROUNDS = {"submit": 1, "cancel": 1}  # an ending is one handler a pool, so that it needs many pools
SECONDS = 4.0


def run(variant, context):
    chance = random.Random(1)
    end = time.monotonic() + SECONDS
    for _ in range(ROUNDS.get(variant, 40)):
        one_pool(variant, context, chance, end)
        if time.monotonic() > end:
            return


def one_pool(variant, context, chance, end):
    is_pool = variant in ("terminate", "close")
    pool = safepool.Pool(2, context=context) if is_pool else safepool.ProcessPoolExecutor(2, mp_context=context)
    submit = (lambda: pool.apply_async(case.same, (1,)).get) if is_pool else (lambda: pool.submit(case.same, 1).result)
    ended = []
    asked = []
    often = variant in ROUNDS

    def handler(*_):
        if variant == "submit":
            asked.append(pool.submit(case.same, 1).result)
        elif variant == "cancel":
            pool.submit(case.same, 1).cancel()
        else:
            ended.append(True)
            {
                "terminate": pool.terminate if is_pool else None,
                "close": pool.close if is_pool else None,
                "shutdown": lambda: pool.shutdown(wait=False),
                "shutdown-cancel": lambda: pool.shutdown(wait=False, cancel_futures=True),
            }[variant]()
        if often and time.monotonic() < late:
            signal.setitimer(signal.ITIMER_REAL, chance.random() * 0.002 + 1e-5)  # only now: no handler in a handler

    submit()(10)
    signal.signal(signal.SIGALRM, handler)
    late = time.monotonic() + (3.0 if often else 1.0)
    signal.setitimer(signal.ITIMER_REAL, 0.01 + chance.random() * 0.02)
    try:
        while not ended and time.monotonic() < min(end, late):
            asked.append(submit())
            if len(asked) >= 300:
                waiting, asked[:] = asked[:], []
                for get in waiting:
                    case.check(get(10) == 1, "a wrong result")
    except (RuntimeError, ValueError, concurrent.futures.CancelledError) as error:
        case.check(ended, f"refused though nobody ended the pool: {error!r}")  # PoolBroken is a RuntimeError
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
    for get in asked[:]:
        case.outcome(get, 10)  # its value, or that the pool has ended
    if is_pool:
        pool.terminate()
        pool.join()
    else:
        pool.shutdown()


if __name__ == "__main__":
    case.main(run)
