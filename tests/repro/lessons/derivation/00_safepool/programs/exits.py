from __future__ import annotations

import sys

import safepool


def worker(number: int) -> int:
    if number == 3:
        sys.exit(0)
    return number


if __name__ == "__main__":
    with safepool.Pool(3) as pool:
        print(pool.map(worker, [1, 2, 3]), flush=True)
    print("the end", flush=True)
