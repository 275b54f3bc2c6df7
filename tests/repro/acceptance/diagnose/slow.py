"""A program that does not hang: it is slow, waits for something outside, or has nothing to do. ``slow.py POOL KIND``

Runs in any CPython from 3.8 up, with nothing but the standard library. What it says on its output: ``ready``, as soon as what it
is to be diagnosed in has begun.
"""

import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

#: Longer than anybody looks, in seconds.
LONG = 600
lock = None


def ready():
    os.write(1, b"ready\n")


def computes(x):
    ready()
    while True:
        x += 1


def computes_in_c(x):
    ready()
    while True:
        zlib.compress(bytes(1 << 24), 9)


def sorts(x):
    numbers = [(n * 7919) % 1000003 for n in range(300000)]
    ready()
    while True:
        sorted(numbers)


def sleeps(x):
    ready()
    time.sleep(LONG)


def naps(x):
    ready()
    while True:
        time.sleep(0.01)


def reads_socket(x):
    one, _other = socket.socketpair()
    ready()
    one.recv(1)


def accepts(x):
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    ready()
    server.accept()


def locks_file(x):
    with open("lock", "w") as file:
        ready()
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(LONG)


def runs_command(x):
    ready()
    subprocess.call(["sleep", str(LONG)])


def reads_command(x):
    child = subprocess.Popen(["sleep", str(LONG)], stdout=subprocess.PIPE)
    ready()
    child.stdout.read()


def database(x):
    base = sqlite3.connect("base", timeout=LONG, isolation_level=None)
    ready()
    base.execute("BEGIN EXCLUSIVE")
    time.sleep(LONG)


def awaits_event(x):
    ready()
    threading.Event().wait(LONG)


def awaits_thread(x):
    held = threading.Lock()
    held.acquire()
    threading.Thread(target=lambda: (time.sleep(LONG), held.release())).start()
    ready()
    held.acquire()


def shares_lock(x):
    ready()
    with lock:
        time.sleep(LONG)


def writes_file(x):
    ready()
    with tempfile.TemporaryFile() as file:
        while True:
            file.seek(0)
            file.write(bytes(1 << 20))
            os.fsync(file.fileno())


TASKS = [
    computes,
    computes_in_c,
    sorts,
    sleeps,
    naps,
    reads_socket,
    accepts,
    locks_file,
    runs_command,
    reads_command,
    database,
]
TASKS += [awaits_event, awaits_thread, shares_lock, writes_file]


def quick(x):
    return x


def start(one):
    global lock
    lock = one


def numbers():
    """An iterable that is slow."""
    yield 1
    ready()
    time.sleep(LONG)


def called_back(result):
    ready()
    time.sleep(LONG)


def idles(pool, run):
    """Between two calls."""
    run(quick)
    ready()
    time.sleep(LONG)


def new(pool, run):
    """Before the first call."""
    ready()
    time.sleep(LONG)


def serves(pool, run):
    """A server that has a pool, and waits for somebody to ask."""
    run(quick)
    accepts(0)


def counts(pool, run):
    """The program computes itself."""
    run(quick)
    computes(0)


def generator(pool, run):
    if hasattr(pool, "imap"):
        list(pool.imap(quick, numbers()))
    else:
        list(pool.map(quick, numbers()))


def callback(pool, run):
    if hasattr(pool, "apply_async"):
        pool.apply_async(quick, (1,), callback=called_back).get()
    else:
        pool.submit(quick, 1).add_done_callback(called_back)
    time.sleep(LONG)


def debugged(pool, run):
    """A worker is traced, and stopped by that (ptrace(2)), as in a debugger."""
    import ctypes

    libc = ctypes.CDLL(None)
    workers = pool._pool if hasattr(pool, "_pool") else None
    run(quick)
    pid = workers[0].pid if workers else next(iter(pool._processes))
    libc.ptrace(16, pid, 0, 0)  # PTRACE_ATTACH: the kernel stops it
    os.waitpid(pid, getattr(os, "__WALL", 0x40000000) | os.WUNTRACED)
    ready()
    time.sleep(LONG)


PROGRAMS = [idles, new, serves, counts, generator, callback, debugged]


def main(pool_name, name):
    context = get_context("fork")
    options = {"initializer": start, "initargs": (context.Lock(),)}
    pool = context.Pool(2, **options) if pool_name == "Pool" else ProcessPoolExecutor(2, context, **options)
    signal.alarm(LONG)
    for task in TASKS:
        if task.__name__ == name:
            list(pool.map(task, [0, 1]))
    for program in PROGRAMS:
        if program.__name__ == name:
            program(pool, lambda function: list(pool.map(function, range(4))))


if __name__ == "__main__":
    main(*sys.argv[1:])
