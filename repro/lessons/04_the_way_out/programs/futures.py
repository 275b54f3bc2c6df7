from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, wait


def worker(number: int) -> int:
    print("input", number, "in process", os.getpid(), flush=True)
    if number == 3:
        sys.exit(1)
    time.sleep(1)
    return number


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(worker, number) for number in [1, 2, 3]]
    wait(futures)
    for future in futures:
        print("exception:", repr(future.exception())[:30], flush=True)
    for future in futures:
        error = future.exception()
        if error is not None:
            raise error
    print([future.result() for future in futures], flush=True)
