"""Root 3. ``wait()`` and ``as_completed()`` of concurrent.futures over many tiny futures that finish meanwhile.

What must hold: ``wait`` returns when all are done, ``as_completed`` yields each once, ``cancel()`` tells the truth.
"""

import concurrent.futures
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case

SECONDS = 5.0


def run(variant, context):
    pool = safepool.ProcessPoolExecutor(2, mp_context=context)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        futures = [pool.submit(case.same, i) for i in range(2000 if variant == "as_completed" else 50)]
        if variant == "wait":
            rest = concurrent.futures.wait(futures).not_done
            case.check(not rest, f"wait returned with {len(rest)} not done")
        elif variant == "as_completed":
            seen = list(concurrent.futures.as_completed(futures, timeout=30))
            case.check(len(seen) == len(set(seen)) == len(futures), f"{len(seen)} of {len(futures)}")
        else:
            said = [future.cancel() for future in futures]
            concurrent.futures.wait(futures, 10)
            case.check(
                said == [future.cancelled() for future in futures], "cancel() said one thing, cancelled() another"
            )
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
