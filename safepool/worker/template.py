"""The template: a small process of each pool that launches its workers, reaps them, and ends them with the parent.

It is made before the pool has any thread, and it has one thread itself, so forking from it is always clean, however
many threads and locks the parent has by the time a worker must be replaced. It never runs a task. What is said on its
socket: :mod:`safepool.protocol.control`.

Each system call can fail, once or for a while, and nobody is there to start the template again. Three habits bear that:

- It never sleeps longer than LOOK, and each time it wakes, for whatever reason or none, it looks at everything: parent, children,
  requests, what it has not got rid of yet. SIGCHLD and the readiness of descriptors only make it quick.
- Each step is guarded by itself. One that fails is done again at the next look, and what it had done is in the books by then:
  a child is noted when its pid is known, a death when it has been reaped, a report when it has been queued.
- It never waits for the parent. Reports that the socket does not take are kept, in order and whole.

Only the parent's end, or end-of-file on the socket, ends it.

Signals of the terminal or of a service manager go to the whole process group, and are the program's business and that of its
workers: the template blocks them (DEAF), and changes no disposition but SIGCHLD's. So workers have the
program's, whatever set it, be it Python, ``faulthandler`` or a library in C. A mask is inherited by fork and by exec, and
each worker puts on the program's as the first thing it does.
"""

import collections
import errno
import select
import signal
import socket
from typing import Any, Callable, Deque, List, NamedTuple, Optional, Tuple

from ..protocol.control import FAILED, LAUNCH, PING, PONG, RECORD, SIGNAL, STATUS, TROUBLE, Incoming
from ..protocol.originals import System, cooperative, getppid
from .children import Children, doze
from .failures import describe

#: The template sleeps no longer than so many milliseconds; or than these, if nothing wakes it when a child or the parent ends.
LOOK = 1000
LOOK_BLIND = 100
#: After a step that failed: that it fails again at once, for ever, must not take a processor.
PAUSE = 20
#: Troubles that are told; all after that are more of the same.
MAX_TROUBLES = 50


class Birth(NamedTuple):
    """What a new worker is: its number, its slot, the last part of its ``_identity``, its ends of the two pipes."""

    number: int
    slot: int
    ordinal: int
    task_fd: int
    result_fd: int


class Template:
    """The loop. ``launch(birth)`` makes a process and returns its pid."""

    def __init__(self, control: Any, parent_pid: int, launch: Callable[[Birth], int], lifeline: int = -1) -> None:
        self.control = control
        self.incoming = Incoming(control)
        self.parent_pid = parent_pid
        self.launch = launch
        self.lifeline = lifeline  # what ``start.die_with_parent`` gave, which is the template's own
        self.children = Children(self.tell, self.guard, self.look_again)
        self.outbox: Deque[bytes] = collections.deque()
        self.sent = 0  # bytes of the first record in the outbox
        self.troubles = 0
        self.failed = False  # a step failed since the last sleep
        self.wake: Tuple[int, ...] = ()
        self.parent_fd: Optional[int] = None
        self.old_handler: Any = None  # of SIGCHLD
        self.others: List[int] = []  # descriptors of workers that are still to be launched

    # ---- each step by itself

    def guard(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Do a step; None if it failed. It is told, and what it left undone is done at the next look."""
        try:
            return step(*arguments)
        except Exception as error:
            self.failed = True
            try:
                self.trouble(error)
            except Exception:
                pass  # no memory even for that
            return None

    def look_again(self) -> None:
        """A step failed, and is to be done again soon."""
        self.failed = True

    def trouble(self, error: BaseException) -> None:
        self.troubles += 1
        if self.troubles <= MAX_TROUBLES:
            text = describe(error).encode("utf-8", "backslashreplace")[-10000:]
            self.tell(TROUBLE, -1, len(text), more=text)

    def set_up(self) -> None:
        """Before anything is launched. Without any one of these the template is slower, and right."""
        self.guard(self.control.setblocking, False)
        self.guard(self.make_wake)
        self.guard(self.set_signals)
        self.guard(self.watch_parent)

    def make_wake(self) -> None:
        # In two steps: if the second fails, the pipe is noted, and forked workers close it.
        self.wake = System.pipe()
        for fd in self.wake:
            System.set_blocking(fd, False)

    def set_signals(self) -> None:
        # Not SIG_IGN, or the kernel would reap the workers, and their statuses would be lost.
        self.old_handler = System.signal(signal.SIGCHLD, lambda *_: None)
        if self.wake:
            System.set_wakeup_fd(self.wake[1], warn_on_full_buffer=False)
        System.pthread_sigmask(signal.SIG_SETMASK, DEAF - {int(signal.SIGCHLD)})

    def watch_parent(self) -> None:
        # A pipe may be kept open by a stranger who inherited it; the process itself cannot be mistaken.
        try:
            self.parent_fd = System.pidfd_open(self.parent_pid)
        except OSError:
            pass  # then getppid() tells

    def run(self) -> None:
        """Serve until the parent is gone or closes the socket; then kill what is left."""
        while True:
            self.failed = False
            if self.guard(self.parent_gone):
                break
            self.guard(self.children.reap)
            self.guard(self.children.signal_again)
            going_on = self.guard(self.obey)
            if going_on is False:
                break
            self.guard(self.flush)
            self.sleep()
        self.children.end()

    def parent_gone(self) -> bool:
        if getppid() not in (self.parent_pid, 0):  # 0: it is in another pid namespace (it called unshare(2))
            return True
        return self.parent_fd is not None and bool(self.guard(ready, self.parent_fd))

    def sleep(self) -> None:
        """Until something happens, but never for long."""
        if self.failed:
            self.guard(doze, PAUSE)
            return
        try:
            poll = System.poll()
            poll.register(self.control, select.POLLIN | (select.POLLOUT if self.outbox else 0))
            for fd in (*self.wake[:1], self.parent_fd):
                if fd is not None:
                    poll.register(fd, select.POLLIN)
            poll.poll(LOOK if self.wake and self.parent_fd is not None else LOOK_BLIND)
        except (OSError, ValueError, MemoryError):
            self.guard(doze, PAUSE)
        if self.wake:
            try:
                System.read(self.wake[0], 4096)
            except OSError:
                pass

    # ---- requests

    def obey(self) -> bool:
        """Do what the records that have come ask for; False at the end."""
        reset = False
        while True:
            try:
                data, fds = self.incoming.next()
            except BlockingIOError:
                return True
            except EOFError:
                return False
            except ConnectionResetError:
                if not reset:
                    # The parent has closed its end and had not read all that we sent. What follows is end-of-file.
                    reset = True
                    continue
                self.failed = True
                return True
            except OSError:
                self.failed = True  # no memory, or interrupted: the record is still there
                return is_open(self.control.fileno())
            self.serve(data, fds)

    def serve(self, data: bytes, fds: List[int]) -> None:
        self.guard(self.obey_one, data, fds)
        self.guard(self.flush)  # now, and not after all the others: the parent waits for each of them

    def obey_one(self, data: bytes, fds: List[int]) -> None:
        try:
            operation, number, a, b, _ = RECORD.unpack(data)
            if operation == LAUNCH:
                self.launch_one(number, a, b, fds)
            elif operation == SIGNAL:
                self.children.send_signal(number, a, b)
            elif operation == STATUS:
                self.guard(self.children.reap)
                self.children.tell_status(number)
            elif operation == PING:
                self.tell(PONG, number)
        finally:
            for fd in fds:
                try:
                    cooperative("os", "close")(fd)
                except OSError:
                    pass

    def launch_one(self, number: int, slot: int, ordinal: int, fds: List[int]) -> None:
        if self.children.has(number):
            # Asked again, since our answer has not been heard.
            self.children.tell_status(number)
        elif len(fds) < 2:
            self.tell(FAILED, number, errno.EMFILE)  # they did not fit into this process
        else:
            self.launch_now(Birth(number, slot, ordinal, fds[0], fds[1]))

    def launch_now(self, birth: Birth) -> None:
        number = birth.number
        try:
            pid = self.launch(birth)
        except OSError as error:
            self.tell(FAILED, number, error.errno or errno.EAGAIN)
        except MemoryError:
            self.tell(FAILED, number, errno.ENOMEM)
        except Exception:
            self.tell(FAILED, number, errno.EAGAIN)
            raise  # to be told
        else:
            self.children.born(number, pid)

    # ---- reports

    def tell(self, operation: int, number: int, a: int = 0, b: int = 0, c: int = 0, more: bytes = b"") -> None:
        self.outbox.append(RECORD.pack(operation, number, a, b, c) + more)

    def flush(self) -> None:
        """Send what the socket takes; keep the rest."""
        while self.outbox:
            first = self.outbox[0]
            try:
                self.sent += self.control.send(first[self.sent :], socket.MSG_DONTWAIT | MSG_NOSIGNAL)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                    # The parent has closed its end, which ``obey`` will see.
                    self.outbox.clear()
                    self.sent = 0
                else:
                    self.failed = True
                return
            if self.sent == len(first):
                self.outbox.popleft()
                self.sent = 0

    # ---- in a forked worker

    def restore(self, mask: List[int]) -> None:
        """Be as the parent was. SIGINT stays blocked until it has its handler (``start.serve``)."""
        self.forget(System.set_wakeup_fd, -1)
        if self.old_handler is not None:
            self.forget(System.signal, signal.SIGCHLD, self.old_handler)
        self.forget(System.pthread_sigmask, signal.SIG_SETMASK, [*mask, signal.SIGINT])
        for fd in (*self.wake, self.parent_fd, *self.others):
            if fd is not None:
                self.forget(cooperative("os", "close"), fd)
        if self.lifeline >= 0:
            self.forget(cooperative("os", "close"), self.lifeline)
        self.incoming.close()
        self.forget(self.control.close)

    @staticmethod
    def forget(step: Callable[..., Any], *arguments: Any) -> None:
        """A step that a worker can do without."""
        try:
            step(*arguments)
        except Exception:
            pass


#: What the template blocks: signals that can be blocked and do not say that the process itself has gone wrong. Not the real-time
#: signals, which are nobody's habit.
DEAF = frozenset(range(1, 32)) - {
    int(signum)
    for signum in (
        signal.SIGKILL,
        signal.SIGSTOP,
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGABRT,
        signal.SIGTRAP,
        signal.SIGSYS,
    )
}
MSG_NOSIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)


def ready(fd: int) -> bool:
    poll = System.poll()
    poll.register(fd, select.POLLIN)
    return any(event & select.POLLIN for _, event in poll.poll(0))


def is_open(fd: int) -> bool:
    try:
        System.fstat(fd)
        return True
    except OSError:
        return False
