"""The parent's side of the template: starting it by each start method, and asking it for workers."""

import array
import contextlib
import errno
import itertools
import os
import signal
import socket
import struct
import sys
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Tuple

from ..protocol.control import LAUNCH, RECORD, STATUS, WITH_TEXT
from ..protocol.descriptors import close_all, close_anyway, close_last, note
from ..protocol.originals import System, cooperative, getpid
from ..worker import at_fork, births, template
from ..worker.program import command_line, spawn

#: A write to the template when it has just died must not end the parent, whatever the program does with SIGPIPE.
MSG_NOSIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)


#: Errors of a socket whose other end is gone, or that somebody has closed.
GONE = (errno.ECONNRESET, errno.EPIPE, errno.EBADF, errno.ENOTCONN, errno.ENOTSOCK)


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
        ForkingPickler(buffer).dump(value)
        return buffer.getvalue(), fds
    finally:
        context.set_spawning_popen(None)


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """For the birth of a template: it is born deaf, and stays it (``worker/template.py``).

    An interpreter that starts, imports and unpickles would answer Ctrl-C, which goes to every process of the terminal's
    group, with a traceback of its own beside the parent's, and end by a SIGTERM that was meant for the program. A worker
    lets each signal in when it is what the program is, and SIGINT when it has its handler (``worker/start.py``).
    """
    mask = System.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        # In here: a signal that came just before raises out of this call when the mask is changed already.
        System.pthread_sigmask(signal.SIG_BLOCK, template.DEAF)
        yield
    finally:
        System.pthread_sigmask(signal.SIG_SETMASK, mask)


def start_tracker() -> int:
    """The descriptor of the resource tracker, which is started if need be, and leaves the mask as it was.

    To start it unblocks SIGINT and SIGTERM, whatever the program had blocked.
    """
    from multiprocessing import resource_tracker

    mask = System.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        fd = resource_tracker.getfd()
    finally:
        System.pthread_sigmask(signal.SIG_SETMASK, mask)
    return -1 if fd is None else fd


def needs_tracker() -> bool:
    """Does this program use named shared memory, or the tracker itself?

    A worker that attaches to a segment tells the tracker. If none has been started before the template, each worker
    starts one of its own, which at its worker's end unlinks the segment, as forgotten, while the parent still uses it.
    """
    return "multiprocessing.shared_memory" in sys.modules or "multiprocessing.resource_tracker" in sys.modules


class Launcher:
    """Starts the template and talks to it. Its socket never blocks on this side.

    ``method`` is the start method; ``setup`` is (initializer, initargs). ``cleanup`` is called in a forked
    template, to close what belongs to the parent alone. ``kind`` ("pool" or "executor") is what workers are named after.
    """

    def __init__(
        self,
        method: str,
        setup: Any,
        region_fd: int,
        lifeline: int,
        cleanup: Callable[[], None],
        kind: str = "pool",
    ) -> None:
        import multiprocessing
        from multiprocessing import process

        self.method = method
        self.setup = setup  # keeps locks among the initargs alive, whose names later workers look up
        self.region_fd = region_fd
        self.lifeline = lifeline
        self.cleanup: Optional[Callable[[], None]] = cleanup
        self.parent = (getpid(), process.current_process().name, method)
        #: The signals that workers block while they serve: as multiprocessing's, what their parent blocks.
        self.mask = [int(signum) for signum in System.pthread_sigmask(signal.SIG_BLOCK, [])]
        self._pids: List[int] = []  # of the template, once it is there
        self.control: Any = None
        self.lost = False  # the template has been, and is not any more
        self._data = b""
        self._fds: List[int] = []
        self._first: List[template.Birth] = []
        self._waiting: List[template.Birth] = []  # the same, while the template's socket is full
        self._book: List[int] = []  # the descriptors of both
        #: What template and workers have to know of the program.
        self.options: Any = {
            "method": method,
            "parent": self.parent,
            "mask": self.mask,
            "identity": process.current_process()._identity,
            "kind": kind,
        }
        #: What each new worker is to receive first, as a buffer; None if nothing.
        self.first_message: Optional[bytes] = None
        self._options: Optional[bytes] = None
        del multiprocessing
        if method != "fork":
            self._prepare()

    def _prepare(self) -> None:
        from multiprocessing import spawn, util

        packed, self._fds = pickle_for_child(self.setup)
        preparation: Any = spawn.get_preparation_data("SafepoolWorker")
        first = dict(self.options, preparation=preparation, setup=packed)
        self.options["fds"] = self._fds
        self.options["flags"] = util._args_from_interpreter_flags()  # type: ignore[attr-defined]
        self.options["executable"] = os.fsdecode(spawn.get_executable())
        self.options["home"] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        if self.method == "spawn":
            self.first_message = pickle_for_child(first)[0]
            preparation = None
        else:
            self.first_message = packed
        self._options = pickle_for_child(dict(self.options, preparation=preparation))[0]

    def start(self) -> None:
        """Start the template. Raises OSError if no process can be made."""
        ours = theirs = None
        try:
            ours, theirs = cooperative("socket", "socketpair")()
            if self.method == "fork":
                self._fork(ours, theirs)
            else:
                self._spawn(ours, theirs)
            ours.setblocking(False)
            self.control = ours
            if self.method != "fork":
                self._waiting += self._first
                self._first = []
                self.flush()
        except BaseException:
            self._waiting = []
            self.control = None
            if ours is not None:
                close_anyway(ours)
            raise
        finally:
            if theirs is not None:
                close_anyway(theirs)
            self._first = []
            if not self._waiting:
                close_all(self._book)
        self.cleanup = None  # or it would tie its pool into a cycle
        self.lost = False
        self._data = b""

    def _fork(self, ours: Any, theirs: Any) -> None:
        # What the template needs is imported here: once, not in every template.
        import gc  # noqa: F401
        from multiprocessing import popen_fork, util  # noqa: F401

        if needs_tracker():
            start_tracker()
        # A worker must not print once more what the parent has in its buffers.
        util._flush_std_streams()  # type: ignore[attr-defined]
        self._pids = []
        with signals_blocked(), at_fork.put_off():
            # fork() inside extend(): the pid is in the list before a signal handler can raise. Else a template could
            # live, or be a zombie, that nobody knows of.
            self._pids.extend(itertools.starmap(cooperative("os", "fork"), ((),)))
            if self._pids == [0]:
                try:
                    at_fork.in_template()
                    close_anyway(ours)
                    if self.cleanup is not None:
                        self.cleanup()
                    births.run_forked(theirs, self.region_fd, self.lifeline, self.options, self.setup, self._first)
                finally:
                    System.exit_now(1)

    def _spawn(self, ours: Any, theirs: Any) -> None:
        assert self._options is not None
        tracker = start_tracker()
        numbers = (theirs.fileno(), self.region_fd, self.lifeline, tracker)
        with command_line(self.options, births.main, numbers, tracker) as (command, fds), signals_blocked():
            self._pids = [spawn(command, [*(fd for fd in numbers if fd >= 0), *self._fds, *fds])]
        # Small for a socket buffer unless sys.path or argv are monstrous; then this waits for the template.
        ours.sendall(struct.pack("<q", len(self._options)) + self._options)

    def launch(self, worker: int, slot: int, task_fd: int, result_fd: int) -> None:
        """Ask for a worker. Raises OSError if the template cannot take the request now.

        Before :meth:`start`: the template is to launch it first of all.
        """
        from multiprocessing import process

        # The standard classes count their processes by this, over all pools and replacements.
        birth = template.Birth(worker, slot, next(process._process_counter), task_fd, result_fd)  # type: ignore[attr-defined]
        if self.control is not None:
            self._ask_for(birth)
            return
        held = len(self._book)
        try:
            mine = note(self._book, System.dup, task_fd), note(self._book, System.dup, result_fd)
            self._first.append(birth._replace(task_fd=mine[0], result_fd=mine[1]))
        except BaseException:
            while len(self._book) > held:
                close_last(self._book)
            raise

    def flush(self) -> bool:
        """Ask for those first workers for which the template's socket had no room; True if none is left."""
        while self._waiting and self.control is not None:
            birth = self._waiting[0]
            try:
                self._ask_for(birth)
            except OSError:
                return False  # at the next look
            del self._waiting[0]
        close_all(self._book)
        return True

    def _ask_for(self, birth: template.Birth) -> None:
        assert self.control is not None
        fds = array.array("i", [birth.task_fd, birth.result_fd])
        record = RECORD.pack(LAUNCH, birth.number, birth.slot, birth.ordinal, 0)
        sent = self.control.sendmsg([record], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], MSG_NOSIGNAL)
        if sent != len(record):
            raise OSError(f"the template's socket took {sent} of {len(record)} bytes")

    def fileno(self) -> int:
        """The descriptor of the template's socket; -1 if there is none."""
        return -1 if self.control is None else self.control.fileno()

    def ask_status(self, worker: int, pid: int) -> None:
        """Ask again what became of a worker. No answer is an answer, too."""
        if self.control is not None:
            try:
                self.control.send(RECORD.pack(STATUS, worker, pid, 0, 0), MSG_NOSIGNAL)
            except OSError:
                pass

    def forget(self) -> None:
        """In a fork of the parent: the socket is the parent's."""
        if self.control is not None:
            close_anyway(self.control)

    def reports(self) -> Iterator[Optional[Report]]:
        """The records that have come; None at last if the template is gone."""
        assert self.control is not None
        while True:
            try:
                chunk = self.control.recv(1 << 16)
            except OSError as error:
                if error.errno not in GONE:
                    return  # nothing there, or the system cannot tell just now (ENOMEM, EIO): at the next look
                chunk = b""
            if not chunk:
                yield None
                return
            self._data += chunk
            while len(self._data) >= RECORD.size:
                operation, worker, a, b, c = RECORD.unpack_from(self._data)
                size = RECORD.size
                if operation in WITH_TEXT:
                    size += a
                    if len(self._data) < size:
                        break
                text = self._data[RECORD.size : size]
                self._data = self._data[size:]
                yield Report(operation, worker, a, b, c, text)

    @property
    def pid(self) -> Optional[int]:
        """The template's."""
        return self._pids[0] if self._pids else None

    def stop(self) -> Optional[int]:
        """Let the template end its workers and itself; return at once. Its pid is left to be reaped."""
        self._first, self._waiting = [], []
        close_all(self._book)
        if self.control is not None:
            close_anyway(self.control)
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
