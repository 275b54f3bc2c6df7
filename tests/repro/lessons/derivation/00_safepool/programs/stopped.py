from __future__ import annotations

import os
import signal

import safepool


def worker(number: int) -> int:
    print("input", number, flush=True)
    if number == 3:
        os.kill(os.getpid(), signal.SIGSTOP)
    return number


if __name__ == "__main__":
    with safepool.Pool(3) as pool:
        print(pool.map(worker, [1, 2, 3]), flush=True)
