from __future__ import annotations

from multiprocessing import Pool


def worker(number: int) -> int:
    print("input", number, flush=True)
    if number == 3:
        sum(range(120_000_000))
    return number


if __name__ == "__main__":
    with Pool(processes=3) as pool:
        print(pool.map(worker, [1, 2, 3]), flush=True)
