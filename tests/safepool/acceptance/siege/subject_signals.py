"""Signals at random moments, whose handlers use the pool: submit, cancel, close, terminate, shutdown, ask for a result."""

import concurrent.futures
import multiprocessing
import signal

import safepool
from tests.safepool.acceptance.siege import subject_siege


class Attack(subject_siege.Attack):
    def __init__(self, siege):
        super().__init__(siege)
        self.on = False
        signal.signal(signal.SIGALRM, self.handler)

    def begin(self, pool):
        self.on = pool is not None
        self.arm()

    def end(self):
        self.on = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def arm(self):
        if self.on:
            signal.setitimer(signal.ITIMER_REAL, 10 ** self.random.uniform(-4.3, -1.7))

    def handler(self, *_):
        if self.on:
            self.hit()
            use(self)
            self.arm()


def use(attack):
    """One random use of the pool under attack, from a place that the pool has not chosen. Endings are rare: a pool has but
    one.
    """
    siege, pool = attack.siege, attack.pool
    if pool is None:
        return
    draw = attack.random.random()
    executor = isinstance(pool, safepool.ProcessPoolExecutor)
    try:
        if draw < 0.5:
            spec = siege.spec()
            if executor:
                siege.asked.append((spec[1], pool.submit(subject_siege.packed, spec).result))
            else:
                siege.asked.append((spec[1], pool.apply_async(subject_siege.packed, (spec,)).get))
        elif draw < 0.75:
            if executor:
                spec = siege.spec()
                pool.submit(subject_siege.packed, spec).cancel()
            else:
                len(pool.workers)
        elif draw < 0.97:
            if siege.asked:
                _number, get = siege.asked[-1]
                if not getattr(get, "in_order", False):
                    get(0.01)
        else:
            siege.ended = True
            if executor:
                pool.shutdown(wait=False, cancel_futures=draw < 0.985)
            elif draw < 0.985:
                pool.close()
            else:
                pool.terminate()
    except (concurrent.futures.TimeoutError, multiprocessing.TimeoutError):
        pass
    except (*subject_siege.ENDED, *subject_siege.DEATHS) as error:
        waits = type(error) is RuntimeError and 0.75 <= draw < 0.97  # where it would have to wait for itself
        if not siege.ended and not waits:
            siege.finding("undocumented", "in a handler", error)
