"""Root 4. A call that is pickled late, since much is queued, asks its own pool for something in the middle of that; or blocks.

What must hold: it gets that, though it was queued behind the call itself; and calls that were made after one that blocks come
before it.
"""

import os
import threading
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

pool = None  # the parent's
gate = threading.Event()
parent = os.getpid()


class Large:
    """Many of these are much."""

    def __init__(self):
        self.data = bytes(9 << 20)


class Asking:
    """What it asks for is in its pickle."""

    def __init__(self, depth):
        self.depth = depth

    def __reduce__(self):
        if self.depth:
            return sum, ([pool.apply(size, (Asking(self.depth - 1),)), 1],)
        return int, (0,)


class Blocking:
    def __reduce__(self):
        case.check(gate.wait(15), "nothing came meanwhile")
        return int, (7,)


def size(found):
    return found if isinstance(found, int) else 0


def run(variant, context):
    global pool
    pool = safepool.Pool(2, context=context)
    busy = [pool.apply_async(case.nap, (1,)) for _ in range(2)]
    large = [pool.apply_async(size, (Large(),)) for _ in range(4)]
    began = time.monotonic()
    if variant == "asks":
        several = [pool.apply_async(size, (Asking(3),)) for _ in range(3)]
        case.check([one.get(10) for one in several] == [3, 3, 3], "wrong")
    else:
        blocks = pool.apply_async(size, (Blocking(),))
        later = [pool.apply_async(size, (Asking(0),)) for _ in range(3)]
        case.check([one.get(10) for one in later] == [0, 0, 0], "wrong")
        gate.set()
        case.check(blocks.get(10) == 7, "wrong")
    case.check(time.monotonic() - began >= 0.5, "nothing had to wait, so nothing was pickled late")
    case.check([one.get(10) for one in busy + large] == [1, 1, 0, 0, 0, 0], "wrong")
    pool.close()
    pool.join()


if __name__ == "__main__":
    case.main(run)
