from __future__ import annotations

import os
import time
from multiprocessing import Pool, active_children


def worker(number: int) -> int:
    return number


if __name__ == "__main__":
    with Pool(processes=1) as pool:
        print(pool.map(worker, [1, 2, 3]), flush=True)
        time.sleep(0.5)
        victim = active_children()[0]
        os.kill(victim.pid or 0, 9)
        time.sleep(0.5)
        print("workers:", len(active_children()), flush=True)
        print(pool.map(worker, [4, 5, 6]), flush=True)
