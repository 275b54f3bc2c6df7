from __future__ import annotations

import os
import time

import safepool


def worker(number: int) -> int:
    if number == 3:
        if os.fork() == 0:
            time.sleep(30)
        os._exit(1)
    return number


if __name__ == "__main__":
    with safepool.ProcessPoolExecutor(3) as executor:
        futures = [executor.submit(worker, number) for number in [1, 2, 3, 4]]
        print([type(future.exception()).__name__ for future in futures], flush=True)
