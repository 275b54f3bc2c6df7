"""The parent's ends of a worker's two pipes, which never block this side.

The parent keeps a copy of the *reading* end of the task pipe. So a write to a worker that has just died fills a pipe
that nobody reads, instead of raising SIGPIPE, which at its default (``signal(SIGPIPE, SIG_DFL)``, the habit of tools
that are piped into ``head``) would kill the parent. That the worker is dead, the parent learns from the process, not
from its pipes.
"""

from typing import Any, List, Optional, Sequence, Tuple

from ..protocol import wire
from ..protocol.descriptors import close_all
from ..protocol.originals import System
from ..protocol.slots import Slot
from .selector import WRITE, Selector

PIPE_SIZE = 1 << 20
F_SETPIPE_SZ = 1031  # of Linux; ``fcntl`` has it since Python 3.10
#: How many bytes are read from one worker before the others have their turn.
BUDGET = 1 << 24

Message = Tuple[int, Any, List[Any]]


class Unreadable(Exception):
    """What this worker sent makes no sense, or its pipe cannot be read: it will never be understood again.

    ``found``: the messages before that.
    """

    def __init__(self, text: str, found: List[Message]) -> None:
        super().__init__(text)
        self.found = found


class Channel:
    """One worker's; whoever has the engine may use it. ``subject`` is what the selector is to report it as.

    ``book`` has both ends of the pipe for tasks, then the reading end of the one for results, and perhaps the worker's own end
    of that. It is the channel's from now on.
    """

    def __init__(self, selector: Selector, slot: Slot, subject: Any, book: List[int]) -> None:
        self._selector = selector
        self._subject = subject
        self.slot = slot
        self._book = book
        self._pipe = self._file_of(book[2])
        self.task_fd: Optional[int] = book[1]
        self.result_fd: Optional[int] = book[2]
        self._parser = wire.Parser(slot.answers)
        self.out: List[memoryview] = []  # what the pipe did not take yet
        self.large = False
        self.broken = False  # nothing can be written any more

    # ---- to the worker

    def send(self, head: bytes, parts: Sequence[Any] = ()) -> None:
        """Write a frame, as far as the pipe takes it; the rest goes when there is room. Never raises: see ``broken``."""
        if not parts and not self.out:
            try:
                written = System.write(self.task_fd, head)
            except BlockingIOError:
                written = 0
            except (OSError, TypeError):
                self.broken = True
                return
            if written == len(head):
                return
            self.out.append(memoryview(head)[written:])
            self._selector.add(self.task_fd, "task", self._subject, WRITE)  # type: ignore[arg-type]
            return
        if not self.large:
            self.enlarge()
        waiting = bool(self.out)
        self.out += [memoryview(part).cast("B") for part in (head, *parts) if len(part)]
        self.flush()
        if self.out and not waiting:
            self._selector.add(self.task_fd, "task", self._subject, WRITE)  # type: ignore[arg-type]

    def flush(self) -> None:
        """Write what is waiting."""
        try:
            while self.out:
                self.out = wire.consume(self.out, System.writev(self.task_fd, self.out[: wire.IOV_MAX]))
        except BlockingIOError:
            return
        except (OSError, TypeError):
            self.broken = True
            self.out = []
        self._selector.remove(self.task_fd)

    def enlarge(self) -> None:
        """Bigger pipes, once a worker has large messages: an unprivileged user has 64 MiB of them in all."""
        self.large = True
        for fd in (self.task_fd, self.result_fd):
            try:
                System.fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE)
            except (OSError, TypeError):
                pass

    # ---- from the worker

    def read(self, everything: bool = False) -> List[Message]:
        """The messages that are there; ``everything``: without a budget, since the worker is dead.

        Raises Unreadable, which has those before it.
        """
        if everything and not self.is_ours():
            raise Unreadable("its pipe was closed", [])
        found: List[Message] = []
        parser = self._parser
        budget = BUDGET
        while everything or budget > 0:
            target = parser.target()
            try:
                if target is not None:
                    count = System.readv(self.result_fd, [target])
                else:
                    data = System.read(self.result_fd, wire.READ_SIZE)
                    count = len(data)
            except BlockingIOError:
                break
            except (OSError, TypeError) as error:
                raise Unreadable(f"its pipe cannot be read: {error}", found) from None
            if not count:
                # End of file: the worker closed its end, or is dead; the process itself will tell.
                self._selector.remove(self.result_fd)
                break
            budget -= count
            try:
                if target is not None:
                    message = parser.fed(count)
                    if message is not None:
                        found.append(message)
                    continue
                parser.feed(data, found)
            except (ValueError, EOFError, TypeError, MemoryError, OverflowError, OSError) as error:
                raise Unreadable(f"{type(error).__name__}: {error}", found) from None
            if parser.target() is None:
                if count < wire.READ_SIZE:
                    break
            elif not self.large:
                self.enlarge()
        return found

    @staticmethod
    def _file_of(fd: Optional[int]) -> Tuple[int, int]:
        try:
            found = System.fstat(fd)
            return found.st_dev, found.st_ino
        except (OSError, TypeError):
            return 0, 0

    def is_ours(self) -> bool:
        """Is the descriptor of results still that of the pipe? Ask before a read that no poller has announced.

        A program that daemonizes closes all descriptors, and what it opens next gets their numbers: to read from that may wait
        for ever, and takes what is somebody else's.
        """
        return self._file_of(self.result_fd) == self._pipe != (0, 0)

    def release(self) -> None:
        """Close what belongs to a worker that is dead."""
        for fd in self._book:
            self._selector.remove(fd)
        self.task_fd = self.result_fd = None
        self.out = []
        close_all(self._book)
        try:
            self.slot.release()
        except BufferError:
            pass  # a view of it is in use; it goes with that

    def forget(self) -> None:
        """In a fork of the parent: close the descriptors, and leave the rest alone."""
        close_all(self._book)
