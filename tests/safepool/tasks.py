"""What tests give to pools: functions that a worker of any start method can import, and the start method that costs least."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

FORK = multiprocessing.get_context("fork")


def square(x: int) -> int:
    return x * x


def wait_for_file(path: str) -> str:
    while not os.path.exists(path):
        time.sleep(0.001)
    return path


def run_then_wait(marker: str, path: str) -> int:
    """Say that it runs, then wait for a file."""
    Path(marker).touch()
    wait_for_file(path)
    return os.getpid()


def die_once(path: str) -> str:
    """Leave a mark; kill this worker unless there was one."""
    with open(path, "a") as file:
        file.write("x")
    if os.path.getsize(path) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def kill_at(x: int) -> int:
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x
