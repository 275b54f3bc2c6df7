"""Roots 5, 11. The program closes a descriptor of the pool (a daemonizer's ``closerange``, somebody's double close), or all of
them.

What must hold: every call is answered, its value or an error that says why not, and the pool's end comes. The variant is the
number of the descriptor among those that the pool has made, or ``all``.
"""

import os

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    before = case.descriptors()
    pool = safepool.Pool(2, context=context)
    pool.map(case.same, range(4))
    ours = {fd: link for fd, link in sorted(case.descriptors().items()) if fd not in before}
    asked = pool.map_async(case.nap, [0.2] * 6, 1, return_exceptions=True)
    if variant == "all":
        os.closerange(min(ours), max(ours) + 1)
    else:
        if int(variant) >= len(ours):
            case.skip(f"a pool of two has {len(ours)} descriptors")
        fd = list(ours)[int(variant)]
        print("closes", fd, ours[fd], "of", ours, flush=True)
        os.close(fd)
    _, error = case.outcome(asked.get, 8)
    case.check(error is None or isinstance(error, safepool.PoolBroken), f"answered by {error!r}")
    _, error = case.outcome(lambda: pool.apply_async(case.same, (1,)).get(8))
    case.check(error is None or isinstance(error, safepool.PoolBroken), f"answered by {error!r}")
    pool.terminate()
    pool.join()


if __name__ == "__main__":
    case.main(run)
