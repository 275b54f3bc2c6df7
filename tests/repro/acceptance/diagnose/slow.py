"""A program that does not hang: it is slow, waits for something outside, or has nothing to do.

``slow.py POOL KIND START_METHOD [GROUP]``. GROUP: a folder of a memory cgroup that the program may make, and the name of the file
in it that takes its limit.

Runs in any CPython from 3.8 up, with nothing but the standard library. What it says on its output: ``ready``, as soon as what it
is to be diagnosed in has begun.
"""

import fcntl
import mmap
import os
import random
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
lock = context = None


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


def awaits_signal(x):
    """Until somebody sends SIGTERM; no limit."""
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: asked.set())
    ready()
    asked.wait()


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


def thrashes(x):
    """Its pages do not fit into its memory: what was read is taken away, and is read again. Where there is no swap, they are
    those of a file."""
    with open("pages", "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    ready()
    while True:
        pages[random.randrange(len(pages))]


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
TASKS += [awaits_event, awaits_thread, awaits_signal, shares_lock, writes_file]
TASKS += [thrashes]


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


def awaits_lock():
    with lock:
        pass


def has_lock(pool, run):
    """All workers wait for a lock that the program has."""
    with lock:
        for _ in range(2):
            pool.apply_async(awaits_lock) if hasattr(pool, "apply_async") else pool.submit(awaits_lock)
        ready()
        time.sleep(LONG)


def limited(pool, run):
    """A Pool of which each worker is replaced after a task, in good order."""
    with context.Pool(2, maxtasksperchild=1) as several:
        several.map(nap, range(4), 1)
        ready()
        several.map(nap, range(LONG * 100), 1)


def nap(x):
    time.sleep(0.02)


def anew(pool, run):
    """One pool after the other."""
    for number in range(LONG * 100):
        if number == 2:
            ready()
        if hasattr(pool, "imap"):
            with context.Pool(2) as other:
                other.map(nap, range(4))
        else:
            with ProcessPoolExecutor(2, context) as other:
                list(other.map(nap, range(4)))


def processes(pool, run):
    """One process after the other, beside a pool that idles."""
    run(quick)
    for number in range(LONG * 100):
        if number == 2:
            ready()
        child = context.Process(target=nap, args=(0,))
        child.start()
        child.join()


def managed(pool, run):
    """Workers wait for what comes by way of a manager's process."""
    with context.Manager() as manager:
        queue = manager.Queue()
        for _ in range(2):
            pool.apply_async(queue.get) if hasattr(pool, "apply_async") else pool.submit(queue.get)
        ready()
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


PROGRAMS = [idles, new, serves, counts, generator, callback, has_lock, limited, anew, processes, managed, debugged]


def fit_into(group, limit_file):
    """Go into a memory cgroup that has room for a part of the pages of ``thrashes``."""
    os.mkdir(group)
    with open(os.path.join(group, limit_file), "w") as file:
        file.write(str(MEMORY))
    with open("pages", "wb", buffering=0) as file:
        for _ in range(4):
            file.write(os.urandom(MEMORY))
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # whoever reads them first, is charged for them
    with open(os.path.join(group, "cgroup.procs"), "w") as file:
        file.write("0")


#: In bytes: enough for a program and two workers.
MEMORY = 64 << 20


def main(pool_name, name, start_method, *group):
    if group:
        fit_into(*group)
    global context
    context = get_context(start_method)
    start(context.Lock())
    options = {"initializer": start, "initargs": (lock,)}
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
