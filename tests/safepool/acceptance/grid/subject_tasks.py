"""Functions that the rows of `subject_also` run in workers. Python 3.8, standard library only."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

from tests.safepool.acceptance.grid.subject_faults import nested, note, start_thread, take

LOCK = threading.Lock()


def echo(value, *more, **keywords):
    return value


def times_ten(number):
    time.sleep(0.002)
    return number * 10


def noted_times_ten(log, number):
    note(log, number)
    time.sleep(0.002)
    return number * 10


def with_lock(number):
    with LOCK:
        return times_ten(number)


def exit_now(*_):
    os._exit(7)


def exit_at(number, victim):
    time.sleep(0.002)
    if number == victim:
        os._exit(7)
    return number * 10


def exit_at_three(number):
    return exit_at(number, 3)


def die_once(token, number):
    if take(token):
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def noted_death(log):
    note(log, 1)
    os._exit(7)


def note_pid_and_sleep(path, seconds=60):
    """Tell the parent who runs this (the file appears whole), then sleep."""
    with open(path + ".part", "w") as file:
        file.write(str(os.getpid()))
    os.rename(path + ".part", path)
    time.sleep(seconds)
    return os.getpid()


def hold_gil(path, seconds=60):
    """Sleep in C without giving up the GIL: no signal handler and no other thread of this process runs meanwhile."""
    with open(path + ".part", "w") as file:
        file.write(str(os.getpid()))
    os.rename(path + ".part", path)
    ctypes.PyDLL(None).sleep(seconds)


def stop_self(*_):
    os.kill(os.getpid(), signal.SIGSTOP)


def ignore_sigterm(path):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note_pid_and_sleep(path)


def leave_forked_child(pid_file, then):
    """Fork a child that keeps every descriptor and lives on; then die, or return."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    return left_behind(pid_file, pid, then)


def leave_subprocess(pid_file, then):
    process = subprocess.Popen(["sleep", "60"], close_fds=False)
    return left_behind(pid_file, process.pid, then)


def leave_multiprocessing_child(pid_file, then):
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    process.start()
    return left_behind(pid_file, process.pid, then)


def left_behind(pid_file, pid, then):
    with open(pid_file, "w") as file:
        file.write(str(pid))
    if then == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return pid


def process_in_worker(number):
    """A task that starts a process of its own and waits for it."""
    queue = multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=queue.put, args=(number * 10,))
    process.start()
    value = queue.get()
    process.join()
    return value


def pool_in_worker(number):
    """A task that has a safepool of its own, in which a worker dies."""
    import safepool

    with safepool.ProcessPoolExecutor(2) as executor:
        futures = [executor.submit(exit_at, i, 2) for i in range(4)]
        errors = [future.exception() for future in futures]
        assert [type(error) for error in errors].count(safepool.WorkerDied) == 1, errors
        return number * 10


def fork_and_return(number):
    """The child of this fork returns too: it must not answer in its parent's place."""
    pid = os.fork()
    if pid == 0:
        return -1
    time.sleep(0.05)
    os.waitpid(pid, 0)
    return number * 10


def close_all_descriptors(*_):
    os.closerange(3, 4096)
    return "closed"


def close_standard_streams(number):
    for fd in (0, 1, 2):
        os.close(fd)
    return number


def write_to_every_descriptor(*_):
    """Noise on every pipe and socket that can be written: the pool may fail this task, never wait for ever."""
    for fd in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith(("pipe:", "socket:")):
                os.set_blocking(fd, False)
                os.write(fd, b"noise" * 20)
        except OSError:
            continue


def big(size):
    return bytes(size)


def length(data):
    return len(data)


def both_ways(data):
    return data


def allocate(size):
    block = bytearray(size)
    block[::4096] = b"x" * len(block[::4096])
    time.sleep(60)


def exit_with_thread():
    """sys.exit in a task of a worker that has a thread that is not a daemon."""
    threading.Thread(target=time.sleep, args=(60,)).start()
    sys.exit(3)


def raise_text(text):
    raise ValueError(text)


def deep_result():
    return nested()


def import_failing():
    import no_such_module_of_any_name  # noqa: F401


def flood(number):
    sys.stdout.write("x" * 100000)
    sys.stdout.flush()
    return number


def delayed_death(seconds):
    start_thread(_die_later, seconds)
    return os.getpid()


def _die_later(seconds):
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


class BadPickle:
    """Raises `error` while the parent pickles it."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


class BadRepr:
    """Its repr raises, exits or takes for ever."""

    def __init__(self, kind):
        self.kind = kind

    def __repr__(self):
        if self.kind == "raises":
            raise RuntimeError("no repr")
        if self.kind == "exits":
            sys.exit(5)
        if self.kind == "huge":
            return "x" * (64 << 20)
        time.sleep(120)
        return "slow"


class DoesNotUnpickle:
    """A result that the worker pickles and the parent cannot unpickle; `how` raises what."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        return _raise, (self.error,)


def _raise(error):
    raise error


def ununpicklable_result(kind):
    return DoesNotUnpickle(
        {
            "exception": ValueError("told-you-so"),
            "system-exit": SystemExit(9),
            "keyboard-interrupt": KeyboardInterrupt(),
        }[kind]
    )
