from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context


def trouble(kind: str) -> None:
    if kind == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif os.fork() == 0:
        time.sleep(30)  # the copy: it lives on for half a minute
        os._exit(0)
    else:
        os._exit(1)  # the worker: it is gone


def worker(number: int) -> int:
    print("input", number, flush=True)
    if number == 3:
        trouble("helper")
    return number


if __name__ == "__main__":
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as executor:
        try:
            print(list(executor.map(worker, [1, 2, 3])), flush=True)
        except BrokenProcessPool as error:
            print(type(error).__name__, flush=True)
