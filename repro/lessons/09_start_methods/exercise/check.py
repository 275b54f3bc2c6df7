"""Judges faithful.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from multiprocessing import Pipe, active_children, get_context
from multiprocessing.connection import Connection

sys.path.insert(0, sys.argv[2])

import faithful

#: How long the parent lives on with its worker, and how long the worker may live on without it, in seconds.
TOGETHER, ALONE = 1.0, 4.0
#: How long a worker may take to come to its task, in seconds.
STARTED = 10.0


def computes() -> None:
    while True:
        sum(range(100_000))


def waits() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


#: Of each check: how the worker is started, what it does, and whether somebody asks for the parent's status.
CHECKS = {
    "sleeping": ("fork", time.sleep, True),
    "computing": ("fork", computes, True),
    "waiting": ("fork", waits, True),
    "not-asked-for": ("fork", time.sleep, False),
    "forkserver": ("forkserver", time.sleep, True),
}


def worker(writer: Connection, parent: int, name: str) -> None:
    writer.send(os.getpid())
    faithful.watch_parent(parent)
    writer.send(os.getpid())
    task = CHECKS[name][1]
    if task is time.sleep:
        time.sleep(60)
    else:
        task()


def parent(writer: Connection, name: str) -> None:
    get_context(CHECKS[name][0]).Process(target=worker, args=(writer, os.getpid(), name)).start()
    time.sleep(60)


def runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def judge(name: str) -> str:
    """What came of a check, as its last line says it. Nobody is left of those who were started."""
    try:
        return watched(name)
    finally:
        for child in active_children():
            child.kill()


def watched(name: str) -> str:
    reader, writer = Pipe(duplex=False)
    process = get_context("fork").Process(target=parent, args=(writer, name))
    process.start()
    pid = reader.recv()  # it was started
    until = time.monotonic() + STARTED
    while runs(pid) and not reader.poll(0.02):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            return f"finding: blocks {STARTED:g} seconds after its start the worker has not begun its task"
    until = time.monotonic() + TOGETHER
    while time.monotonic() < until:
        if not runs(pid):
            return "finding: too-early the parent lived, and the worker had ended"
        time.sleep(0.02)
    os.kill(process.pid or 0, signal.SIGKILL)
    if CHECKS[name][2]:
        process.join()
    until = time.monotonic() + ALONE
    while runs(pid):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            key = {"not-asked-for": "zombie", "waiting": "not-woken"}.get(name, "stays")
            return f"finding: {key} {ALONE:g} seconds after its parent it still ran"
        time.sleep(0.02)
    return "holds"


if __name__ == "__main__":
    print(judge(sys.argv[1]), flush=True)
    os._exit(0)  # nobody waits for what the answer left behind
