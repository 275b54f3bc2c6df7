"""The parent's side of the template: starting it by each start method, and asking it for workers."""

import array
import contextlib
import os
import pickle
import signal
import socket
import struct
import sys
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Tuple

from ..protocol.control import BROKEN, CGROUP, LAUNCH, RECORD, SIGNAL
from ..worker import template


class Report(NamedTuple):
    """A record from the template."""

    operation: int
    worker: int
    a: int
    b: int
    c: int
    text: bytes


class _Inheriting:
    """What pickling for a spawned child needs to see: it collects the descriptors that the child inherits."""

    def __init__(self, fds: List[int]) -> None:
        self.fds = fds

    def duplicate_for_child(self, fd: int) -> int:
        self.fds.append(fd)
        return fd

    class DupFd:
        def __init__(self, fd: int) -> None:
            self.fd = fd

        def detach(self) -> int:
            return self.fd


def pickle_for_child(value: Any) -> Tuple[bytes, List[int]]:
    """``value`` pickled for inheritance, so that locks, queues and keys may be in it; and the fds it refers to."""
    import io
    from multiprocessing import context
    from multiprocessing.reduction import ForkingPickler

    fds: List[int] = []
    context.set_spawning_popen(_Inheriting(fds))  # type: ignore[arg-type]
    try:
        buffer = io.BytesIO()
        ForkingPickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
        return buffer.getvalue(), fds
    finally:
        context.set_spawning_popen(None)


@contextlib.contextmanager
def sigint_blocked() -> Iterator[None]:
    """For the birth of a template: all that it launches is born with SIGINT blocked as well.

    An interpreter that starts, imports and unpickles would answer Ctrl-C, which goes to every process of the terminal's
    group, with a traceback of its own beside the parent's. The template ignores SIGINT for life; a worker lets it in
    when it has its handler (``worker/start.py``).
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        # In here: a SIGINT that came just before raises KeyboardInterrupt out of this call when the mask is changed already.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


class Launcher:
    """Starts the template and talks to it. Its socket never blocks on this side.

    ``method`` is the start method; ``setup`` is (initializer, initargs). ``cleanup`` is called in a forked
    template, to close what belongs to the parent alone.
    """

    def __init__(self, method: str, setup: Any, region_fd: int, lifeline: int, cleanup: Callable[[], None]) -> None:
        import multiprocessing
        from multiprocessing import process

        self.method = method
        self.setup = setup  # keeps locks among the initargs alive, whose names later workers look up
        self.region_fd = region_fd
        self.lifeline = lifeline
        self.cleanup: Optional[Callable[[], None]] = cleanup
        self.parent = (os.getpid(), process.current_process().name, method)
        #: The signals that workers block while they serve: as multiprocessing's, what their parent blocks.
        self.mask = [int(signum) for signum in signal.pthread_sigmask(signal.SIG_BLOCK, [])]
        self.pid: Optional[int] = None
        self.control: Optional[socket.socket] = None
        self.lost = False  # the template has been, and is not any more
        self._data = b""
        self._fds: List[int] = []
        self._first: List[Tuple[int, int, int, int]] = []
        #: What each new worker is to receive first, as a buffer; None if nothing.
        self.first_message: Optional[bytes] = None
        self._options: Optional[bytes] = None
        del multiprocessing
        if method != "fork":
            self._prepare()

    def _prepare(self) -> None:
        from multiprocessing import spawn, util

        packed, self._fds = pickle_for_child(self.setup)
        preparation = spawn.get_preparation_data("SafepoolWorker")
        executable = os.fsdecode(spawn.get_executable())
        options = {
            "method": self.method,
            "parent": self.parent,
            "mask": self.mask,
            "fds": self._fds,
            "flags": util._args_from_interpreter_flags(),  # type: ignore[attr-defined]
            "executable": executable,
            "home": os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
            "preparation": preparation,
        }
        if self.method == "spawn":
            first = {"preparation": preparation, "setup": packed, "parent": self.parent, "mask": self.mask}
            self.first_message = pickle_for_child(first)[0]
            options["preparation"] = None
        else:
            self.first_message = packed
        self._options = pickle_for_child(options)[0]
        self._flags, self._executable, self._home = options["flags"], executable, options["home"]

    def start(self) -> None:
        """Start the template. Raises OSError if no process can be made."""
        ours, theirs = socket.socketpair()
        try:
            if self.method == "fork":
                self._fork(ours, theirs)
            else:
                self._spawn(ours, theirs)
            ours.setblocking(False)
            self.control = ours
            if self.method != "fork":
                for request in self._first:
                    self.launch(*request)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            for _, _, task_fd, result_fd in self._first:
                os.close(task_fd)
                os.close(result_fd)
            self._first = []
        self.cleanup = None  # or it would tie its pool into a cycle
        self.lost = False
        self._data = b""

    def _fork(self, ours: socket.socket, theirs: socket.socket) -> None:
        # What the template needs is imported here: once, not in every template.
        import gc  # noqa: F401
        from multiprocessing import popen_fork, util  # noqa: F401

        # A worker must not print once more what the parent has in its buffers.
        util._flush_std_streams()  # type: ignore[attr-defined]
        with sigint_blocked():
            pid = os.fork()
            if pid == 0:
                try:
                    ours.close()
                    if self.cleanup is not None:
                        self.cleanup()
                    template.run_forked(
                        theirs, self.region_fd, self.lifeline, self.parent, self.mask, self.setup, self._first
                    )
                finally:
                    os._exit(1)
        self.pid = pid

    def _spawn(self, ours: socket.socket, theirs: socket.socket) -> None:
        from multiprocessing import resource_tracker, util

        assert self._options is not None
        tracker = resource_tracker.getfd()
        numbers = (theirs.fileno(), self.region_fd, self.lifeline, -1 if tracker is None else tracker)
        code = (
            f"import sys; sys.path.append({self._home!r}); from safepool.worker.template import main; main{numbers!r}"
        )
        command = [self._executable, *self._flags, "-c", code, "--multiprocessing-fork"]
        passed = sorted({fd for fd in numbers if fd >= 0} | set(self._fds))
        # Not around getfd() above: starting the tracker unblocks SIGINT instead of restoring the mask.
        with sigint_blocked():
            self.pid = util.spawnv_passfds(os.fsencode(self._executable), command, passed)
        # Small for a socket buffer unless sys.path or argv are monstrous; then this waits for the template.
        ours.sendall(struct.pack("<q", len(self._options)) + self._options)

    def launch(self, worker: int, slot: int, task_fd: int, result_fd: int) -> None:
        """Ask for a worker. Raises OSError if the template cannot take the request now.

        Before :meth:`start`: the template is to launch it first of all.
        """
        if self.control is None:
            self._first.append((worker, slot, os.dup(task_fd), os.dup(result_fd)))
            return
        fds = array.array("i", [task_fd, result_fd])
        record = RECORD.pack(LAUNCH, worker, slot, 0, 0)
        sent = self.control.sendmsg([record], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        if sent != len(record):
            raise OSError(f"the template's socket took {sent} of {len(record)} bytes")

    def signal(self, worker: int, pid: int, signum: int) -> None:
        """Have the template send a signal: only it knows that ``pid`` still is that worker."""
        if self.control is None:
            os.kill(pid, signum)
            return
        try:
            self.control.send(RECORD.pack(SIGNAL, worker, pid, signum, 0))
        except OSError:
            os.kill(pid, signum)

    def reports(self) -> Iterator[Optional[Report]]:
        """The records that have come; None at last if the template is gone."""
        assert self.control is not None
        while True:
            try:
                chunk = self.control.recv(1 << 16)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                chunk = b""
            if not chunk:
                yield None
                return
            self._data += chunk
            while len(self._data) >= RECORD.size:
                operation, worker, a, b, c = RECORD.unpack_from(self._data)
                size = RECORD.size
                if operation in (BROKEN, CGROUP):
                    size += a
                    if len(self._data) < size:
                        break
                text = self._data[RECORD.size : size]
                self._data = self._data[size:]
                yield Report(operation, worker, a, b, c, text)

    def stop(self) -> Optional[int]:
        """Let the template end its workers and itself; return at once. Its pid is left to be reaped."""
        if self.control is not None:
            self.control.close()
            self.control = None
            self.lost = True
        return self.pid


def default_method() -> str:
    import multiprocessing

    method: str = multiprocessing.get_start_method()
    return method


def supported() -> None:
    """Raise NotImplementedError where the engine cannot work."""
    if sys.platform != "win32" and not hasattr(os, "writev"):
        raise NotImplementedError(
            f"safepool needs os.readv and os.writev, which {sys.implementation.name} does not have here; "
            "use concurrent.futures.ProcessPoolExecutor, or CPython"
        )
    if sys.platform == "win32":
        raise NotImplementedError(
            "safepool needs fork-like process control and works on Linux and macOS only. "
            "On Windows use concurrent.futures.ProcessPoolExecutor, which notices a dead worker "
            "(but fails every pending task with BrokenProcessPool)."
        )
