"""Root 3. Half of a map's items cannot be pickled: the caller's thread settles those, the engine's thread the others.

What must hold: the map ends, with an error for each of those items.
"""

import sys
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 5.0


class Refuses:
    def __reduce__(self):
        raise ValueError("not to be pickled")


def run(variant, context):
    sys.setswitchinterval(1e-6)
    pool = safepool.Pool(2, context=context)
    chunk = {"one": 1, "three": 3}[variant]
    items = [Refuses() if i % (2 if chunk == 1 else 3) == 1 else i for i in range(3000)]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        values = pool.map_async(case.same, items, chunk, return_exceptions=True).get(10)
        wrong = [
            v for i, v in zip(items, values) if not (v == i if isinstance(i, int) else isinstance(v, BaseException))
        ]
        case.check(not wrong, f"{len(wrong)} wrong, such as {wrong[:1]!r}")
    pool.terminate()


if __name__ == "__main__":
    case.main(run)
