from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import threading
import time
from multiprocessing import active_children, get_context

JOB = "A"
lock = threading.Lock()

faulthandler.register(signal.SIGUSR2, all_threads=True)


def trouble() -> None:
    if JOB == "A":
        os._exit(1)
    elif JOB == "B":
        os.kill(os.getpid(), signal.SIGSTOP)


def task(number: int) -> int:
    print("input", number, flush=True)
    if number == 3:
        trouble()
    with lock:
        return number


def look() -> None:
    """What you would do in a second terminal, two seconds later."""
    time.sleep(2)
    me = str(os.getpid())
    subprocess.run(["ps", "-o", "pid,ppid,stat,etimes,args", "-p", me, "--ppid", me], check=False)
    os.kill(min(child.pid or 0 for child in active_children()), signal.SIGUSR2)


if __name__ == "__main__":
    if JOB == "C":
        lock.acquire()
    with get_context("fork").Pool(3) as pool:
        threading.Thread(target=look, daemon=True).start()
        print(pool.map(task, [1, 2, 3]), flush=True)
