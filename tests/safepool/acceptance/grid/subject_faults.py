"""The faults, and the means to make one happen at a chosen point of a task's life. Imported by parent and workers.

A fault is a function without arguments that is called in the worker. *Kills* end the process there and then;
*raises* throw a BaseException; the rest throw an ordinary exception that is hard to transport.
"""

import ctypes
import faulthandler
import fcntl
import os
import signal
import stat
import subprocess
import sys
import termios
import threading
import time

MEGABYTE = 1 << 20
OOM_LIMIT = 48 * MEGABYTE
#: So much is in a pipe that nobody reads, in bytes, when its writer waits; the least that Linux makes one hold (pipe(7)).
FULL = 4096


class OtherBase(BaseException):
    """A BaseException that is none of Python's own."""


class Unpicklable(Exception):
    """Cannot be pickled in the worker."""

    def __reduce__(self):
        raise TypeError("told-you-so: this exception cannot be pickled")


class Ununpicklable(Exception):
    """Can be pickled in the worker, and fails to unpickle in the parent."""

    def __reduce__(self):
        return explode, ("told-you-so",)


def explode(text):
    raise ValueError(text + ": this exception does not unpickle")


def raise_(error):
    raise error


def out_of_memory():
    """Be killed by the kernel: enter the memory cgroup that the test made, and allocate beyond its limit."""
    with open(os.path.join(os.environ["GRID_CGROUP"], "cgroup.procs"), "w") as file:
        file.write(str(os.getpid()))
    blocks = []
    while True:
        block = bytearray(4 * MEGABYTE)
        block[::4096] = b"x" * len(block[::4096])
        blocks.append(block)


def segfault():
    faulthandler.disable()
    ctypes.string_at(0)


def signal_self(signum):
    os.kill(os.getpid(), signum)
    time.sleep(60)  # the signal may be delivered to another thread of this process


def nested(depth=100000):
    """A list so deep that pickling it raises RecursionError (and freeing it does not)."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


KILLS = {  # name: (fault, exit code as subprocess gives it)
    "os-exit-0": (lambda: os._exit(0), 0),
    "os-exit-1": (lambda: os._exit(1), 1),
    "sigterm": (lambda: signal_self(signal.SIGTERM), -signal.SIGTERM),
    "sigkill": (lambda: signal_self(signal.SIGKILL), -signal.SIGKILL),
    "sigsegv": (segfault, -signal.SIGSEGV),
    "abort": (os.abort, -signal.SIGABRT),
    "oom": (out_of_memory, -signal.SIGKILL),
}
RAISES = {
    "sys-exit-0": lambda: sys.exit(0),
    "sys-exit-1": lambda: sys.exit(1),
    "keyboard-interrupt": lambda: raise_(KeyboardInterrupt()),
    "base-exception": lambda: raise_(OtherBase("told-you-so")),
}
EXCEPTIONS = {
    "unpicklable-exception": lambda: raise_(Unpicklable("told-you-so")),
    "ununpicklable-exception": lambda: raise_(Ununpicklable("told-you-so")),
    "recursion-error": lambda: raise_(RecursionError("told-you-so")),
}
ALL = tuple(KILLS) + tuple(RAISES) + tuple(EXCEPTIONS)


def fire(fault):
    """Do it. Called in a worker only."""
    if fault in KILLS:
        KILLS[fault][0]()
        raise AssertionError(f"{fault} did not end the process")
    {**RAISES, **EXCEPTIONS}[fault]()


class FiresWhenUnpickled:
    """An argument, or a callable, that fires in the worker that unpickles it; at the first time only if `token` is a path."""

    def __init__(self, fault, token=None, function=None):
        self.fault, self.token, self.function = fault, token, function

    def __reduce__(self):
        return fire_once, (self.fault, self.token, self.function)


def fire_once(fault, token, function):
    if take(token):
        fire(fault)
    return function


def take(token):
    """Whether the caller is the first to ask for `token` (None: everybody is)."""
    if token is None:
        return True
    try:
        os.close(os.open(token, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


class FiresWhenPickled:
    """A result that fires while the worker pickles it."""

    def __init__(self, fault):
        self.fault = fault

    def __reduce__(self):
        fire(self.fault)


class FiresWhenFreed:
    """An argument that fires when the worker drops its unpickled copy; copies that were not unpickled are harmless."""

    def __init__(self, fault, armed=False):
        self.fault, self.armed = fault, armed

    def __reduce__(self):
        return FiresWhenFreed, (self.fault, True)

    def __del__(self):
        if self.armed:
            fire(self.fault)


def start_thread(target, *args):
    threading.Thread(target=target, args=args, daemon=True).start()


def fire_when_file_exists(path, fault):
    while not os.path.exists(path):
        time.sleep(0.001)
    fire(fault)


def fire_when_transferred(pid, counter, amount, fault, token=None):
    """Fire as soon as process `pid` has moved `amount` more bytes (`counter`: rchar or wchar of /proc/PID/io, proc(5)).

    The bytes of one long system call count at its end only, so this also looks at the pipe's other end: whoever
    writes a message that exceeds the pipe's buffer is in the middle of it as soon as the reader has read some.
    """
    start = transferred(pid, counter)
    while transferred(pid, counter) - start < amount:
        time.sleep(0.0002)
    if take(token):
        fire(fault)


def stop_until_i_am_gone(pid):
    """SIGSTOP to process `pid`, and return when none of its threads runs; a shell continues it as soon as the caller has ended.

    However busy the machine is: what `pid` was to read meanwhile is not read.
    """
    # cat ends with its writer. In a session of its own, for what is left in that of `pid` is looked at: whoever adopts the shell
    # may take a second to reap it.
    subprocess.Popen(["sh", "-c", f"cat; kill -CONT {pid}"], stdin=subprocess.PIPE, start_new_session=True)
    os.kill(pid, signal.SIGSTOP)
    while {state(pid, thread) for thread in os.listdir(f"/proc/{pid}/task")} != {"T"}:
        time.sleep(0.0002)


def state(pid, thread):
    with open(f"/proc/{pid}/task/{thread}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def fire_when_a_pipe_is_full(fault):
    """Fire as soon as somebody here is in the middle of a message that is longer than its pipe: nobody reads it."""
    while max(map(waiting_in, os.listdir("/proc/self/fd"))) < FULL:
        time.sleep(0.0002)
    fire(fault)


def waiting_in(fd):
    """How many bytes wait in a pipe; -1: it is none, or it is closed."""
    try:
        if stat.S_ISFIFO(os.fstat(int(fd)).st_mode):
            return int.from_bytes(fcntl.ioctl(int(fd), termios.FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        pass
    return -1


def transferred(pid, counter):
    with open(f"/proc/{pid}/io", "rb") as file:
        for line in file:
            if line.startswith(counter.encode() + b":"):
                return int(line.split()[1])
    raise AssertionError(counter)


def note(log, number):
    """Append `number` to the file `log`: what really ran, whatever becomes of the worker afterwards."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, b"%d\n" % number)
    finally:
        os.close(fd)


def work(spec):
    """The task of every cell: notes its number, does what `spec` asks for, and returns ten times its number.

    It takes two milliseconds: what finished within the last millisecond before a death may be lost, by design.
    """
    note(spec["log"], spec["number"])
    action = spec.get("action")
    result = spec["number"] * 10
    if action == "fire":
        time.sleep(spec.get("delay", 0))
        fire(spec["fault"])
    elif action == "nested-result":
        result = nested()
    elif action == "pickle-result":
        result = FiresWhenPickled(spec["fault"])
    elif action == "send-result":
        stop_until_i_am_gone(spec["parent"])
        start_thread(fire_when_a_pipe_is_full, spec["fault"])
        return bytes(spec["size"])
    elif action == "arm":
        start_thread(fire_when_file_exists, spec["go"], spec["fault"])
    elif action == "arm-reader":
        start_thread(fire_when_transferred, os.getpid(), "rchar", 2 * MEGABYTE, spec["fault"], spec["token"])
        meet(spec)
    elif action == "meet":
        meet(spec)
        result = os.getpid()
    time.sleep(0.002)
    return result


def meet(spec):
    """Return when `spec["parties"]` tasks have come here at the same time, so in as many workers."""
    open(os.path.join(spec["room"], str(spec["number"])), "w").close()
    end = time.monotonic() + 15
    while len(os.listdir(spec["room"])) < spec["parties"]:
        if time.monotonic() > end:
            raise AssertionError(
                "only {} of {} workers came together within 15 s".format(len(os.listdir(spec["room"])), spec["parties"])
            )
        time.sleep(0.001)


def failing_initializer(fault, log):
    note(log, os.getpid())
    fire(fault)
