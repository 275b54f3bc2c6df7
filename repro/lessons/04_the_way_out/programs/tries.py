from __future__ import annotations

import os
import sys
import time
from multiprocessing import Pool


def worker(number: int) -> int:
    print("input", number, "in process", os.getpid(), flush=True)
    time.sleep(0.1)
    try:
        if number == 3:
            sys.exit(1)
    except BaseException as error:
        print("caught", type(error).__name__, flush=True)
    return number


if __name__ == "__main__":
    with Pool(processes=3) as pool:
        print(pool.map_async(worker, [1, 2, 3]).get(timeout=5), flush=True)
