from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def charge(number: int) -> int:
    time.sleep(0.1)
    with open("ledger.txt", "a") as ledger:
        print(number, file=ledger)
    if number == 6:
        os.kill(os.getpid(), 9)
    return number


def charge_all(chunk: list[int]) -> list[int]:
    return [charge(number) for number in chunk]


if __name__ == "__main__":
    size = 1
    chunks = [list(range(first, first + size)) for first in range(1, 9, size)]
    with ProcessPoolExecutor(max_workers=1) as executor:
        futures = [executor.submit(charge_all, chunk) for chunk in chunks]
    for chunk, future in zip(chunks, futures):
        error = future.exception()
        print(chunk, "received" if error is None else type(error).__name__, flush=True)
    print("booked", *Path("ledger.txt").read_text().split(), flush=True)
