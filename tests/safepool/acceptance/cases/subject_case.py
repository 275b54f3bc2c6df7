"""What every case shares. Python 3.8, standard library; called as ``PROGRAM VARIANT START_METHOD SECONDS``.

A case has held when its last line is ``case: held`` and its exit status is 0 and nothing of it is left. After SECONDS
it writes the stacks of all threads and ends itself with status 1, wherever it waits: at the interpreter's exit, too.
"""

import contextlib
import faulthandler
import multiprocessing
import os
import resource
import signal
import sys
import time

HELD = "case: held"
SKIPPED = "case: skipped: "


def main(run, forks=False):
    """Run ``run(variant, context)``; if it raises nothing, and the program then ends by itself, the case has held.

    ``forks``: forks of this process leave by the interpreter's exit, where faulthandler waits for its own thread, which a fork
    does not have. So nothing is armed here, and the session's limit has to do.
    """
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us with it ignored
    variant, method, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not forks:
        faulthandler.dump_traceback_later(float(seconds), exit=True)
    run(variant, multiprocessing.get_context(method))
    print(HELD, flush=True)


def skip(reason):
    """End here: the case does not apply."""
    print(SKIPPED + reason, flush=True)
    os._exit(0)


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def outcome(call, *args):
    """(value, None) or (None, error)."""
    try:
        return call(*args), None
    except BaseException as error:
        return None, error


def until(true, seconds, text):
    """Look again and again until ``true()``; AssertionError with `text` after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        check(time.monotonic() < end, text() if callable(text) else text)
        time.sleep(0.01)


def same(x):
    return x


def nap(seconds):
    time.sleep(seconds)
    return seconds


def die(status=3):
    os._exit(status)


def ids():
    """(pid of the worker, pid of its template)."""
    return os.getpid(), os.getppid()


def descriptors():
    """What this process holds: descriptor -> what it is."""
    found = {}
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found[int(fd)] = os.readlink("/proc/self/fd/" + fd)
    return {fd: link for fd, link in found.items() if not link.startswith("/proc/")}


def children():
    """The pids whose parent is this process, zombies included."""
    found = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as file:
                if int(file.read().rpartition(")")[2].split()[1]) == os.getpid():
                    found.add(int(entry))
    return found


def alive(pid):
    """Is it there, and no zombie?"""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def status(field):
    """A figure of /proc/self/status in KiB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))
