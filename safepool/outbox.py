"""The answers of a worker: noted in the journal as they are made, sent together.

The order of the notes is what makes a post-mortem right: STATE moves past an item only when its result is in the
journal or in the pipe, and the journal is emptied only when the pipe has it all.
"""

import os
import signal
import time
from typing import Any, Callable, List, Optional, Tuple

from . import codec, wire
from .codec import EXITED, LARGE, NOT_PICKLED, RAISED, Packed
from .slots import BASE, IDLE, JOURNAL_SIZE, MAX_ENTRIES, MODE, SENDING, STAGE_BITS, STATE, TAKEN, Slot
from .spin import Spin

#: A result is sent at the latest when this many nanoseconds have passed since its task began (if the next one is
#: not running yet: else the parent finds it in the journal).
FLUSH_NS = 1_000_000


class Interrupts:
    """SIGINT raises KeyboardInterrupt in tasks only, never in the middle of a message.

    Ctrl-C goes to every process of the terminal's group. In a task it is an error of that task; for an idle worker
    it means nothing, since the parent decides how the pool ends.
    """

    def __init__(self) -> None:
        self.in_task = False

    def install(self) -> None:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handle)

    def _handle(self, signum: int, stack: Any) -> None:
        if self.in_task:
            raise KeyboardInterrupt


class Channel:
    """The worker's ends of its two pipes; both block."""

    def __init__(self, task_fd: int, result_fd: int, arena: memoryview) -> None:
        self.task_fd = task_fd
        self.result_fd = result_fd
        self._parser = wire.Parser(arena)
        self.spin = Spin(task_fd)
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
                    count = os.readv(self.task_fd, [parser.target()])  # type: ignore[list-item]
                    if not count:
                        return None
                    message = parser.fed(count)
                return message
            if spin.pays:
                spin.look()
            asleep = time.monotonic_ns()
            data = os.read(self.task_fd, wire.READ_SIZE)
            spin.slept(time.monotonic_ns() - asleep)
            if not data:
                return None
            self._ready = parser.feed(data)
        return self._ready.pop(0)

    def send(self, kind: int, envelope: Any, lengths: Any = (), parts: Any = ()) -> None:
        wire.write_all(self.result_fd, [wire.frame(kind, envelope, lengths), *parts])


def describe(error: BaseException) -> str:
    """The traceback of ``error`` without our own frames, as text; must not raise."""
    try:
        import traceback

        tb = error.__traceback__
        while tb is not None and tb.tb_frame.f_globals is globals():
            tb = tb.tb_next
        return "".join(traceback.format_exception(type(error), error, tb))
    except BaseException:
        return f"{type(error).__name__} (its traceback cannot be formatted)\n"


def safe_repr(value: Any, limit: int = 200) -> str:
    try:
        text = repr(value)
    except BaseException:
        return f"<{type(value).__name__} object, whose repr() fails>"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def raised(error: BaseException) -> Any:
    """The entry for what a task raised."""
    text = describe(error)
    if isinstance(error, SystemExit):
        code = error.code if error.code is None or type(error.code) is int else safe_repr(error.code)
        return (EXITED, code, text, None)
    if not isinstance(error, Exception):
        return (EXITED, None, text, safe_repr(error))
    try:
        blob = codec.dumps(error)
    except BaseException as problem:
        return (NOT_PICKLED, True, safe_repr(problem), safe_repr(error), text)
    return (RAISED, blob, text)


class Outbox:
    """Results that are not sent yet, and the journal that keeps them safe until they are."""

    def __init__(self, channel: Channel, slot: Slot) -> None:
        self.channel = channel
        self.slot = slot
        self.words = slot.words
        self.interrupts = Interrupts()
        self.pid = os.getpid()
        self.seq = 0  # the next item
        self.first = 0  # the first item whose result is not sent
        self.out: List[Any] = []  # the entries not sent
        self.in_arena = 0  # how many answers have been put into the arena
        self.began = 0  # when the first of them began
        self.mode = 0  # what the journal holds: numbers of one type, or anything (0)
        self.position = 0  # end of the journal's data
        self.entries = 0  # in the journal

    def flush(self) -> None:
        """Send what is finished. The journal keeps it until it is in the pipe."""
        if os.getpid() != self.pid:
            # A task forked, and its child came back to us: it is no worker and must not answer.
            os._exit(0)
        out = self.out
        if not out:
            self.words[MODE] = self.mode = 0
            return
        lengths: List[int] = []
        parts: List[Any] = []
        for i, entry in enumerate(out):
            if type(entry) is tuple and type(entry[1]) is Packed:
                packed = entry[1]
                out[i] = (LARGE, entry[0], len(packed.lengths), *entry[2:])
                lengths += packed.lengths
                parts += packed.parts
        busy = time.monotonic_ns() - self.began
        kind = wire.RESULTS
        if parts and sum(lengths) <= len(self.slot.answers) and self.words[TAKEN] == self.in_arena:
            wire.put(self.slot.answers, parts)
            kind |= wire.IN_ARENA
            parts = []
            self.in_arena += 1
        self.channel.send(kind, (self.first, busy, out), lengths, parts)
        self.out = []
        self.first = self.words[BASE] = self.seq
        self.words[MODE] = self.mode = self.position = self.entries = 0

    def _finish(self, entry: Any, last: bool) -> None:
        """Item ``seq`` is done. Its result goes to the journal, or out at once."""
        large = type(entry) is tuple and type(entry[1]) is Packed
        if large or self.mode:
            # The small ones before a large one must not share its fate; and a journal of numbers holds no other.
            self.flush()
        self.out.append(entry)
        number = self.seq
        if not last and not large:
            blob = codec.journal_entry(entry)
            if blob is not None and len(blob) + self.position <= JOURNAL_SIZE and self.entries < MAX_ENTRIES:
                end = self.position + len(blob)
                self.slot.data[self.position : end] = blob
                self.slot.ends[self.entries] = end
                self.position = end
                self.entries += 1
                self.seq = number + 1
                self.words[STATE] = (number + 1) << STAGE_BITS | IDLE
                return
        self.words[STATE] = number << STAGE_BITS | SENDING
        self.seq = number + 1
        self.flush()
        self.words[STATE] = (number + 1) << STAGE_BITS | IDLE
