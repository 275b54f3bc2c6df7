from __future__ import annotations

import os

import safepool


def worker(number: int) -> int:
    if number == 6:
        os._exit(1)
    return number


if __name__ == "__main__":
    with safepool.Pool(3) as pool:
        results = pool.imap(worker, range(1, 13), 4)
        got = []
        for _ in range(12):
            try:
                got.append(next(results))
            except safepool.WorkerDied:
                got.append(None)
        print(got, flush=True)
