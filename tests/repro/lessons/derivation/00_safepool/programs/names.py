from __future__ import annotations

import os
import signal

import safepool


def worker(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGTERM)
    return number


if __name__ == "__main__":
    with safepool.Pool(3) as pool:
        try:
            pool.map(worker, [4, 5, 6])
        except safepool.WorkerDied as error:
            print("SIGTERM" in str(error), "worker(5)" in str(error), "SIGKILL" in str(error), flush=True)
        print(pool.map(worker, [7, 8, 9]), flush=True)
