"""A worker's ends of its two pipes, and when SIGINT may reach it."""

import signal
from typing import Any, Callable, List, Optional, Tuple

from ..protocol import wire
from ..protocol.clock import now_ns
from ..protocol.originals import System
from ..protocol.spin import Spin


class Interrupts:
    """SIGINT raises KeyboardInterrupt in tasks only, never in the middle of a message.

    Ctrl-C goes to every process of the terminal's group. In a task it is an error of that task; for an idle worker
    it means nothing, since the parent decides how the pool ends.
    """

    def __init__(self) -> None:
        self.in_task = False

    def install(self) -> None:
        if System.getsignal(signal.SIGINT) is System.default_int_handler:
            System.signal(signal.SIGINT, self._handle)

    def _handle(self, signum: int, stack: Any) -> None:
        if self.in_task:
            raise KeyboardInterrupt


class Channel:
    """The worker's ends of its two pipes; both block."""

    def __init__(self, task_fd: int, result_fd: int, arena: Any) -> None:
        self.task_fd = task_fd
        self.result_fd = result_fd
        self._parser = wire.Parser(arena, may_refuse=True)
        self.spin = Spin(task_fd, System.poll)
        self._ready: List[Tuple[int, Any, List[Any]]] = []

    def read(self, on_large: Callable[[], None]) -> Optional[Tuple[int, Any, List[Any]]]:
        """The next message, None at the end; calls ``on_large`` before it waits for the rest of a large one."""
        parser, spin = self._parser, self.spin
        while not self._ready:
            target = parser.target()
            if target is not None:
                on_large()
                message = None
                while message is None:
                    count = System.readv(self.task_fd, [parser.target()])
                    if not count:
                        return None
                    message = parser.fed(count)
                return message
            if spin.pays:
                spin.look()
            asleep = now_ns()
            data = System.read(self.task_fd, wire.READ_SIZE)
            spin.slept(now_ns() - asleep)
            if not data:
                return None
            parser.feed(data, self._ready)
        return self._ready.pop(0)

    def send(self, kind: int, envelope: Any, lengths: Any = (), parts: Any = ()) -> None:
        wire.write_all(self.result_fd, [wire.frame(kind, envelope, lengths), *parts])
