from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def charge(number: int) -> int:
    time.sleep(0.1)
    Path(f"booked-{number}-{os.getpid()}").touch()
    if number == 6 and not Path("died").exists():
        Path("died").touch()
        os.kill(os.getpid(), 9)
    return number


if __name__ == "__main__":
    todo = list(range(1, 9))
    while todo:
        with ProcessPoolExecutor(max_workers=1) as executor:
            futures = [executor.submit(charge, number) for number in todo]
        todo = [number for number, future in zip(todo, futures) if future.exception() is not None]
        print("without a result:", todo, flush=True)
    print("booked", *sorted(path.name.split("-")[1] for path in Path().glob("booked-*")), flush=True)
