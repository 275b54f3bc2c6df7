from __future__ import annotations

import sys
import time
from multiprocessing import Pool


def worker(number: int) -> int:
    if number == 6:
        sys.exit(1)
    return number


if __name__ == "__main__":
    with Pool(processes=3) as pool:
        result = pool.map_async(worker, range(1, 17), chunksize=2)
        while result._number_left > 1:  # until all chunks but one have been answered
            time.sleep(0.01)
        print("in the parent:", result._value, flush=True)
        print("handed over:", result.ready(), flush=True)
        result.get()
