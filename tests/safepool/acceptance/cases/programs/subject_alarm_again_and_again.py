"""Root 1. A program bounds its calls by ``setitimer``, whose handler raises, every millisecond or so; and tries again.

What must hold: the pool works on. Each call gives what it should, or is interrupted; and afterwards each gives what it should.
"""

import random
import signal
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 3.0


class OutOfTime(Exception):
    pass


left = [0]  # how often the handler raises yet: the second time in what cleans up after the first


def out_of_time(*_):
    if left[0]:
        left[0] -= 1
        raise OutOfTime


def interrupted(call, every):
    """Call it; was it interrupted? Nothing is raised afterwards."""
    try:
        try:
            try:
                left[0] = 2
                signal.setitimer(signal.ITIMER_REAL, every, every)
                case.check(call(), "wrong")
                return False
            finally:
                left[0] = 0
        except OutOfTime:
            left[0] = 0
    except OutOfTime:
        left[0] = 0
    return True


def run(variant, context):
    chance = random.Random(5)
    signal.signal(signal.SIGALRM, out_of_time)

    def mapped():
        return pool.map(abs, range(-3000, 0), 10) == list(range(3000, 0, -1))

    def applied():
        return [pool.apply(abs, (-i,)) for i in range(20)] == list(range(20))

    def submitted():
        return [future.result() for future in [pool.submit(abs, -i) for i in range(20)]] == list(range(20))

    def streamed():
        return list(pool.imap(abs, range(-3000, 0), 10)) == list(range(3000, 0, -1))

    hits = 0
    call = {"map": mapped, "apply": applied, "submit": submitted, "imap": streamed}[variant]
    make = safepool.ProcessPoolExecutor if variant == "submit" else safepool.Pool
    with make(2, **{"mp_context" if variant == "submit" else "context": context}) as pool:
        case.check(call(), "wrong before the first alarm")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            hits += interrupted(call, chance.uniform(0.0005, 0.005))
            signal.setitimer(signal.ITIMER_REAL, 0)
        case.check(hits > 20, f"interrupted {hits} times only")
        case.check(call(), "wrong after the last alarm")


if __name__ == "__main__":
    case.main(run)
