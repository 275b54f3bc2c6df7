"""What the rows of `subject_also` share: their registry, pools of the start method under test, waiting for events."""

import multiprocessing
import os
import threading
import time

import safepool
from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_pools import attempt

WORKERS = 2
ROWS = {}


class here:
    """Of the row that runs: the start method, and a directory of its own."""

    start_method = "fork"
    folder = None


def row(function):
    ROWS[function.__name__] = function
    return function


def Pool(workers=WORKERS, **keywords):
    return safepool.Pool(workers, context=multiprocessing.get_context(here.start_method), **keywords)


def Executor(workers=WORKERS, **keywords):
    return safepool.ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(here.start_method), **keywords)


def path(name):
    return os.path.join(here.folder, name)


def wait_for(condition, what, seconds=15):
    """Wait for the event that `condition` stands for; it has no other channel than a file or a process table."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.002)


def pid_from(name):
    """The pid that a task writes to the file `name`."""
    wait_for(lambda: os.path.exists(path(name)), f"the task has started ({name})")
    with open(path(name)) as file:
        return int(file.read())


def alive(pid):
    """Whether `pid` is a process and not a zombie."""
    return any(pid == other and state != "Z" for other, state, _ in all_processes())


def all_processes():
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    name, _, rest = file.read().rpartition(")")
                found.append((int(entry), rest.split()[0], name))
            except OSError:
                continue
    return found


def worker_pids(pool):
    return [worker.pid for worker in pool.workers if worker.pid is not None]


def works(pool):
    """The pool takes work and answers."""
    if hasattr(pool, "submit"):
        assert [future.result() for future in [pool.submit(tasks.times_ten, i) for i in range(8)]] == TENS
    else:
        assert pool.map(tasks.times_ten, range(8)) == TENS


TENS = [i * 10 for i in range(8)]


def is_death(error, exitcode=None):
    assert isinstance(error, safepool.WorkerDied), repr(error)
    assert exitcode is None or error.exitcode == exitcode, f"exit code {error.exitcode}, not {exitcode}: {error}"
    return True


def raises(kind, function, *arguments):
    value, error = attempt(lambda: function(*arguments))
    assert isinstance(error, kind), f"expected {kind}, got value {value!r}, error {error!r}"
    return error


def in_thread(function, *arguments):
    """Start `function` in a thread; the returned function joins it and gives (value, error)."""
    box = []
    thread = threading.Thread(target=lambda: box.append(attempt(lambda: function(*arguments))), daemon=True)
    thread.start()

    def join():
        thread.join()
        return box[0]

    return join


def write(name, value):
    with open(name, "w") as file:
        file.write(str(value))


def sid(pid):
    try:
        return os.getsid(pid)
    except OSError:
        return None
