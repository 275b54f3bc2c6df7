from __future__ import annotations

import os
import signal

import safepool


def worker(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


if __name__ == "__main__":
    with safepool.ProcessPoolExecutor(3) as executor:
        futures = [executor.submit(worker, number) for number in range(1, 7)]
        for future in futures:
            error = future.exception()
            print(future.result() if error is None else type(error).__name__, flush=True)
        print(executor.submit(worker, 7).result(), flush=True)
