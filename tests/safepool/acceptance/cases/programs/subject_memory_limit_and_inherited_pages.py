"""Root 8. The parent holds 300 MB when a pool with ``memory_limit="100MB"`` is made.

What must hold: a task that reads what it inherited is not killed; one that takes 200 MB of its own is.
"""

import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

ballast = bytearray()


def read_all():
    total = sum(ballast[::4096])
    time.sleep(0.7)
    return total


def take():
    mine = bytearray(200 << 20)
    mine[::4096] = b"x" * len(mine[::4096])
    time.sleep(3)
    return len(mine)


def run(variant, context):
    ballast.extend(bytes(300 << 20))
    ballast[::4096] = b"\1" * len(ballast[::4096])
    with safepool.Pool(1, context=context, memory_limit="100MB") as pool:
        _value, error = case.outcome(pool.apply_async(read_all).get, 8)
        case.check(error is None, f"the task that only reads is answered by {error!r}")
        _, error = case.outcome(pool.apply_async(take).get, 8)
        case.check(isinstance(error, safepool.MemoryLimitExceeded), f"{error!r}")


if __name__ == "__main__":
    case.main(run)
