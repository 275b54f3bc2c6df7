"""What runs in a worker process: read tasks, run them, note in shared memory what is done, answer.

Nothing here is shared with other workers, and nothing waits for anybody but the parent. The order of the notes is
what makes the post-mortem right: STATE says *running item n* before the item is touched, and moves past it only
when its result is in the journal or sent. A worker never exits because of what a task raises.
"""

import marshal
import os
import pickle
import signal
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import codec, wire
from .codec import (
    CALL, EXITED, LARGE, NOT_PICKLED, NOT_UNPICKLED, NUMBERS, PICKLED_CALL, PICKLED_CHUNK, RAISED, RUN, SKIPPED, TEXT_LIMIT,
    TEXTS, VALUE, Packed,
)  # fmt: skip
from .slots import (
    BASE, IDLE, JOURNAL_SIZE, MAX_ENTRIES, PICKLING, READING, REVOKE_END, REVOKE_FROM, RUNNING, SENDING, STAGE_BITS,
    STARTED, STATE, UNDECIDED, UNPICKLING, Slot,
)  # fmt: skip

#: A result is sent at the latest when this many nanoseconds have passed since its task began (if the next one is
#: not running yet: else the parent finds it in the journal).
FLUSH_NS = 1_000_000

_is_worker = False


def in_worker() -> bool:
    """Is this process a worker of a safepool (and not a process that a task forked)?"""
    return _is_worker


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

    def __init__(self, task_fd: int, result_fd: int) -> None:
        self.task_fd = task_fd
        self.result_fd = result_fd
        self._parser = wire.Parser()
        self._ready: List[Tuple[int, Any, List[bytearray]]] = []

    def read(self, on_large: Callable[[], None]) -> Optional[Tuple[int, Any, List[bytearray]]]:
        """The next message, None at the end; calls ``on_large`` before it waits for the rest of a large one."""
        parser = self._parser
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
            data = os.read(self.task_fd, wire.READ_SIZE)
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
        return "%s (its traceback cannot be formatted)\n" % type(error).__name__


def safe_repr(value: Any, limit: int = 200) -> str:
    try:
        text = repr(value)
    except BaseException:
        return "<%s object, whose repr() fails>" % type(value).__name__
    return text if len(text) <= limit else text[: limit - 3] + "..."


def raised(error: BaseException) -> Any:
    """The entry for what a task raised."""
    text = describe(error)
    if isinstance(error, SystemExit):
        code = error.code if error.code is None or type(error.code) is int else safe_repr(error.code)
        return (EXITED, code, text)
    try:
        blob = codec.dumps(error)
    except BaseException as problem:
        return (NOT_PICKLED, True, safe_repr(problem), safe_repr(error), text)
    if type(blob) is Packed:
        return (RAISED, blob, text)
    return (RAISED, blob, text)


class Server:
    """The loop of one worker."""

    def __init__(self, channel: Channel, slot: Slot) -> None:
        self.channel = channel
        self.slot = slot
        self.words = slot.words
        self.interrupts = Interrupts()
        self.pid = os.getpid()
        self.seq = 0  # the next item
        self.first = 0  # the first item whose result is not sent
        self.out: List[Any] = []  # the entries not sent
        self.began = 0  # when the first of them began
        self.position = 0  # end of the journal's data
        self.entries = 0  # in the journal
        self._functions: Dict[bytes, Any] = {}

    # ---- notes and results

    def _reading(self) -> None:
        self.words[STATE] = self.seq << STAGE_BITS | READING

    def flush(self) -> None:
        """Send what is finished. The journal keeps it until it is in the pipe."""
        if os.getpid() != self.pid:
            # A task forked, and its child came back to us: it is no worker and must not answer.
            os._exit(0)
        out = self.out
        if not out:
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
        self.channel.send(wire.RESULTS, (self.first, busy, out), lengths, parts)
        self.out = []
        self.first = self.words[BASE] = self.seq
        self.position = self.entries = 0

    def _finish(self, entry: Any, last: bool) -> None:
        """Item ``seq`` is done. Its result goes to the journal, or out at once."""
        large = type(entry) is tuple and type(entry[1]) is Packed
        if large:
            # The small ones before it must not share its fate.
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

    def _revoked(self, seq: int) -> bool:
        """The parent takes items back, ``seq`` perhaps among them: wait for its decision (about 1 ms).

        We noted *running seq* before we looked at REVOKE_END, and the parent looks at our note a while after it
        set REVOKE_END. So either we see that, or the parent sees our note.
        """
        while self.words[REVOKE_FROM] == UNDECIDED:
            time.sleep(0.0001)
        return seq >= self.words[REVOKE_FROM]

    # ---- tasks

    def run(self) -> None:
        """Serve until the parent says stop or is gone."""
        words = self.words
        while True:
            words[STATE] = self.seq << STAGE_BITS | IDLE
            message = self.channel.read(self._reading)
            if message is None or message[0] == wire.STOP:
                return
            first, units = message[1]
            if first != self.seq:
                self.seq = self.first = words[BASE] = first
            self._run_units(units, message[2])

    def _run_units(self, units: List[Any], buffers: List[bytearray]) -> None:
        words = self.words
        buffers.reverse()
        remaining = len(units)
        clock = time.monotonic_ns
        for unit in units:
            remaining -= 1
            seq = self.seq
            kind = unit[0]
            words[STATE] = seq << STAGE_BITS | UNPICKLING
            if words[REVOKE_END] > seq and self._revoked(seq):
                self.flush()
                self.seq = self.first = words[BASE] = words[REVOKE_END]
                words[STATE] = self.seq << STAGE_BITS | IDLE
                # An empty answer: here I am, and I shall not run them.
                self.channel.send(wire.RESULTS, (self.seq, 0, []))
                return
            now = clock()
            words[STARTED] = now
            if not self.out:
                self.began = now
            elif now - self.began >= FLUSH_NS:
                self.flush()
                self.began = now
            if kind == CALL or kind == PICKLED_CALL:
                entry = self._call(unit, buffers)
                self._finish(entry, not remaining or clock() - self.began >= FLUSH_NS)
            else:
                self._chunk(unit, buffers, not remaining)
        if self.out:
            words[STATE] = self.seq << STAGE_BITS | IDLE
            self.flush()

    def _load_function(self, blob: bytes) -> Any:
        function = self._functions.get(blob)
        if function is None:
            function = self._functions[blob] = pickle.loads(blob)
        return function

    def _call(self, unit: Any, buffers: List[bytearray]) -> Any:
        words = self.words
        interrupts = self.interrupts
        running = self.seq << STAGE_BITS | RUNNING
        stage = UNPICKLING
        try:
            try:
                interrupts.in_task = True
                if unit[0] == CALL:
                    fn = self._load_function(unit[1])
                    args, kwargs = unit[2], None
                elif unit[1] is not None:
                    fn, args, kwargs = pickle.loads(unit[1])
                else:
                    mine = [buffers.pop() for _ in range(unit[2])]
                    fn, args, kwargs = codec.loads(mine[0], mine[1:])
                    del mine
                stage = RUNNING
                words[STATE] = running
                result = fn(*args, **kwargs) if kwargs else fn(*args)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            words[STATE] = self.seq << STAGE_BITS | PICKLING
            if stage == UNPICKLING:
                return (NOT_UNPICKLED, safe_repr(error), describe(error))
            return raised(error)
        kind = type(result)
        if kind in NUMBERS or (kind in TEXTS and len(result) <= TEXT_LIMIT):
            return result
        return self._pickle(result)

    def _pickle(self, result: Any) -> Any:
        self.words[STATE] = self.seq << STAGE_BITS | PICKLING
        interrupts = self.interrupts
        try:
            try:
                interrupts.in_task = True
                return (VALUE, codec.dumps(result))
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            return (NOT_PICKLED, False, safe_repr(error), safe_repr(result), describe(error))

    def _chunk(self, unit: Any, buffers: List[bytearray], last: bool) -> None:
        """Run the items of a chunk."""
        kind, blob, count, flags, data = unit
        interrupts = self.interrupts
        load: Any = None
        try:
            try:
                interrupts.in_task = True
                if kind == PICKLED_CHUNK:
                    if type(data) is int:
                        mine = [buffers.pop() for _ in range(data)]
                        load = codec.loads_chunk(mine[0], mine[1:])
                        del mine
                    else:
                        load = codec.loads_chunk(data, ())
                fn = load() if blob is None else self._load_function(blob)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            entry: Any = (NOT_UNPICKLED, safe_repr(error), describe(error))
            # The function does not unpickle: so for every item.
            for i in range(count):
                self._finish(entry, last and i == count - 1)
            return
        done = 0
        while done < count:
            ran, entry, more = self._stretch(fn, data[done:] if load is None else None, load, count - done, flags)
            done += ran
            if entry is not _NOTHING:
                done += 1
                late = time.monotonic_ns() - self.began >= FLUSH_NS
                self._finish(entry, late or (last and done == count) or not more)
            elif done < count:
                self.words[STATE] = self.seq << STAGE_BITS | IDLE
                self.flush()
            if not more and done < count:
                self.out.append((SKIPPED, count - done))
                self.seq += count - done
                self.words[STATE] = self.seq << STAGE_BITS | IDLE
                self.flush()
                return

    def _stretch(self, fn: Any, items: Any, load: Any, count: int, flags: int) -> Tuple[int, Any, bool]:
        """Run items as long as their results are numbers, the journal has room and it is no time to flush.

        Returns how many ran, the entry of the item after them if that one ended the stretch, and whether the
        item after that can be had (not if a pickle failed, since the later ones build on it).
        """
        words, area, ends = self.words, self.slot.data, self.slot.ends
        interrupts, clock, dumps, numbers = self.interrupts, time.monotonic_ns, marshal.dumps, NUMBERS
        star, timed = flags & 1, flags & 2
        began = clock()
        if not self.out:
            self.began = began
        deadline = self.began + FLUSH_NS
        words[STARTED] = began
        running = self.seq << STAGE_BITS | RUNNING
        position, entries = self.position, self.entries
        room = min(count, MAX_ENTRIES - entries)
        run: List[Any] = []
        append = run.append
        entry: Any = _NOTHING
        result: Any = _NOTHING
        unpickling = False
        more = True
        try:
            try:
                interrupts.in_task = True
                for item in items[:room] if load is None else range(room):
                    if load is not None:
                        words[STATE] = running - RUNNING + UNPICKLING
                        unpickling = True
                        item = load()
                        unpickling = False
                    words[STATE] = running
                    result = fn(*item) if star else fn(item)
                    if type(result) not in numbers:
                        break
                    # First the journal, then the list: an interrupt between them does no harm, since the length
                    # of the list says how many have finished.
                    note = dumps(result)
                    end = position + len(note)
                    if end > JOURNAL_SIZE:
                        break
                    area[position:end] = note
                    ends[entries] = end
                    entries += 1
                    position = end
                    append(result)
                    # Freed while this item is in hand: a destructor that kills us is not the next one's fault.
                    item = result = _NOTHING
                    running += 1 << STAGE_BITS
                    now = clock()
                    if now >= deadline:
                        break
                    if timed:
                        words[STARTED] = now
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            self.words[STATE] = self.seq + len(run) << STAGE_BITS | PICKLING
            # A signal's exception may have hit between two items: then it is not known which one the pickler is at.
            more = load is None or (isinstance(error, Exception) and not unpickling)
            entry = (NOT_UNPICKLED, safe_repr(error), describe(error)) if unpickling else raised(error)
            result = _NOTHING
        ran = len(run)
        self.seq += ran
        self.entries += ran
        if ran:
            self.position = ends[self.entries - 1]
            self.out.append((RUN, run))
        if result is not _NOTHING:
            kind = type(result)
            scalar = kind in numbers or (kind in TEXTS and len(result) <= TEXT_LIMIT)
            entry = result if scalar else self._pickle(result)
        return ran, entry, more


_NOTHING = object()


def serve(channel: Channel, slot: Slot, setup: Any) -> None:
    """The life of a worker: initialise, report, serve. ``setup`` is (initializer, initargs), or None if it comes
    through the pipe, pickled."""
    global _is_worker
    os.register_at_fork(after_in_child=_forked)
    _is_worker = True
    server = Server(channel, slot)
    try:
        if setup is None:
            message = channel.read(lambda: None)
            if message is None:
                return
            setup = pickle.loads(message[2][0]) if message[2] else (None, ())
        initializer, initargs = setup
        if initializer is not None:
            initializer(*initargs)
    except BaseException as error:
        channel.send(wire.START_FAILED, (safe_repr(error), describe(error)))
        # Not the return value of sys.exit(): a worker that failed to start did not end well.
        raise SystemExit(1) from None
    del setup
    server.interrupts.install()
    channel.send(wire.READY, server.pid)
    server.run()


def _forked() -> None:
    global _is_worker
    _is_worker = False


def begin(worker_id: int, parent: Tuple[int, str, str], lifeline: int, args: Tuple[Any, ...]) -> int:
    """Become worker number ``worker_id``: what ``multiprocessing.Process`` does in a child, and then ``serve``.

    Returns the exit code. The bookkeeping of multiprocessing (name, children, finalizers, random state, standard
    input) is left to its own ``_bootstrap``.
    """
    import multiprocessing

    die_with_parent(lifeline)
    pid, name, method = parent
    context: Any = multiprocessing.get_context(method)
    process = context.Process(target=serve, args=args, name="SafepoolWorker-%d" % (worker_id + 1))
    process._config["daemon"] = False
    process._parent_pid, process._parent_name = pid, name
    code: int = process._bootstrap(parent_sentinel=lifeline)
    return code


def die_with_parent(lifeline: int) -> None:
    """Have the kernel kill this process when the pool's parent is gone, even in the middle of C code.

    ``lifeline`` is the read end of a pipe whose write end only the parent holds. Linux sends the signal chosen
    with F_SETSIG to the owner of an O_ASYNC descriptor when the last writer closes (``pipe(7)``, ``fcntl(2)``).
    Owner and flag belong to the open file, so each worker opens the pipe anew. This is the second line: the
    template ends its workers when the parent is gone; this one holds when the template was killed as well.
    """
    try:
        import fcntl

        mine = os.open("/proc/self/fd/%d" % lifeline, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(mine, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(mine, getattr(fcntl, "F_SETSIG", 10), signal.SIGKILL)
        fcntl.fcntl(mine, fcntl.F_SETFL, fcntl.fcntl(mine, fcntl.F_GETFL) | os.O_ASYNC)
    except (ImportError, OSError, AttributeError):
        pass
