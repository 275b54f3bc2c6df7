from __future__ import annotations

import threading
import time
from multiprocessing import get_context

setting = "as written"
lock = threading.Lock()


def hold(seconds: float) -> None:
    with lock:
        time.sleep(seconds)


def worker(number: int) -> int:
    print("input", number, "setting", setting, flush=True)
    with lock:
        return number


if __name__ == "__main__":
    setting = "as changed"
    threading.Thread(target=hold, args=(0,), daemon=True).start()
    time.sleep(0.1)
    with get_context("fork").Pool(3) as pool:
        print(pool.map(worker, [1, 2, 3]), flush=True)
