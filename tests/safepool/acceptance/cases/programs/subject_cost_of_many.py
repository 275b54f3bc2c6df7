"""Root 9. ``map(buffersize=...)`` with a large buffer; 120,000 tasks queued and cancelled.

What must hold: an item costs the same whatever the buffer's size is; cancelling takes less than three times what the standard
executor takes.
"""

import concurrent.futures
import time

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def timed(call):
    began = time.process_time()
    call()
    return time.process_time() - began


def cancelled(kind, context):
    pool = kind(1, mp_context=context)
    futures = [pool.submit(case.same, i) for i in range(120_000)]
    seconds = timed(lambda: pool.shutdown(cancel_futures=True))
    case.check(sum(future.cancelled() for future in futures) > 0, "none was cancelled")
    return seconds


def run(variant, context):
    if variant == "cancel":
        standard = cancelled(concurrent.futures.ProcessPoolExecutor, context)
        ours = cancelled(safepool.ProcessPoolExecutor, context)
        print(standard, ours, flush=True)
        case.check(ours < 3 * standard + 0.1, f"{ours:.2f} s of CPU time; the standard executor: {standard:.2f} s")
        return
    with safepool.ProcessPoolExecutor(2, mp_context=context) as pool:
        small = timed(lambda: sum(1 for _ in pool.map(case.same, range(60_000), buffersize=100)))
        large = timed(lambda: sum(1 for _ in pool.map(case.same, range(60_000), buffersize=30_000)))
    print(small, large, flush=True)
    case.check(large < 2 * small + 0.2, f"buffersize=100: {small:.2f} s of CPU time, buffersize=30000: {large:.2f} s")


if __name__ == "__main__":
    case.main(run)
