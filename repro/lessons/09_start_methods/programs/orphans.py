from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pipe, Pool, get_context
from multiprocessing.connection import Connection
from typing import Any

POOLS: dict[str, Any] = {"Pool": Pool, "executor": ProcessPoolExecutor}


def worker(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def job(writer: Connection) -> None:
    pool = POOLS["executor"](3)
    writer.send(set(pool.map(worker, [0.5, 0.5, 0.5])))
    os.kill(os.getpid(), signal.SIGKILL)


def runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    reader, writer = Pipe()
    process = get_context("fork").Process(target=job, args=(writer,))
    process.start()
    workers = reader.recv()
    process.join()
    print("the job ended with", process.exitcode, flush=True)
    time.sleep(1)
    left = [runs(pid) for pid in workers]
    print("its workers run:", "all" if all(left) else "some" if any(left) else "none", flush=True)
