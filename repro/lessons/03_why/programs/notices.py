from __future__ import annotations

import sys
import time
from multiprocessing import Pool, active_children


def worker(number: int) -> int:
    if number == 3:
        sys.exit(1)
    return number


def pids() -> set[int]:
    return {process.pid for process in active_children()}


if __name__ == "__main__":
    with Pool(processes=3) as pool:
        before = pids()
        first = pool.map_async(worker, [1, 2, 3])
        while not pids() - before:  # until a worker is there that was not there before
            time.sleep(0.01)
        print("workers:", len(pids()), "new:", len(pids() - before), flush=True)
        print("second map:", pool.map(worker, [1, 2, 4]), flush=True)
        print("first map:", first.get(), flush=True)
