"""How a worker runs the items of a chunk: as fast as it can, and with each item noted before it is touched."""

import marshal
from typing import Any, Dict, List, Tuple

from ..protocol import codec
from ..protocol.clock import now_ns
from ..protocol.codec import NUMBERS, TEXT_LIMIT, TEXTS
from ..protocol.slots import (
    JOURNAL_SIZE,
    MAX_ENTRIES,
    MAX_NUMBERS,
    MODE,
    MODES,
    REVOKE_END,
    STARTED,
    STATE,
)
from ..protocol.wire import Unheld
from ..protocol.words import (
    IDLE,
    NOT_UNPICKLED,
    PICKLED_CHUNK,
    PICKLING,
    RUN,
    RUNNING,
    SKIPPED,
    STAGE_BITS,
    UNPICKLING,
)
from .answers import Outbox
from .failures import describe, raised, safe_repr

#: How long, in nanoseconds, a row of short items of a chunk may run without a look at the clock.
ROW_NS = 1_000_000
#: The results of a chunk are sent after so many nanoseconds. More often than the batches of single tasks only costs:
#: what is not sent is in the journal, where the parent finds it when the worker dies or an item takes its time.
CHUNK_FLUSH_NS = 20_000_000
MAX_ROW = 512
#: A chunk whose results change their type more often than this is not treated as one of numbers.
MAX_SWITCHES = 4

_NOTHING: Any = object()


class NoMemory(MemoryError):
    """What came with a task is too large for this process."""


class Functions:
    """Those that were unpickled before, by their pickles."""

    def __init__(self) -> None:
        self._known: Dict[bytes, Any] = {}

    def load(self, blob: bytes) -> Any:
        function = self._known.get(blob)
        if function is None:
            function = self._known[blob] = codec.loads(blob)
        return function


def take(buffers: List[Any], count: int) -> Tuple[Any, List[Any]]:
    """The pickle and the buffers that came with a task, its objects' own from now on. Raises NoMemory."""
    mine = [buffers.pop() for _ in range(count)]
    try:
        if Unheld in map(type, mine):
            raise MemoryError
        return mine[0], codec.owned(mine[1:])
    except MemoryError:
        size = sum(one.bytes if type(one) is Unheld else len(one) for one in mine)
    raise NoMemory(f"there is no memory here for the {size} bytes that came with it")


class Chunks:
    """Runs chunks, and puts what becomes of their items into the outbox."""

    def __init__(self, outbox: Outbox, functions: Functions) -> None:
        self._outbox = outbox
        self._functions = functions
        self._words = outbox.words
        self._slot = outbox.slot
        self._interrupts = outbox.interrupts
        self._passed_over = False  # the rest of the chunk was revoked

    def run(self, unit: Any, buffers: List[Any], last: bool) -> bool:
        """Run the items of a chunk; False if the parent has taken the rest back, and that of the message."""
        box = self._outbox
        kind, blob, count, flags, data = unit
        count = count or len(data)  # loose items: more may have joined after the task was made
        interrupts = self._interrupts
        load: Any = None
        try:
            try:
                interrupts.in_task = True
                if kind == PICKLED_CHUNK:
                    held = take(buffers, data) if type(data) is int else (data, [])
                    load = codec.loads_chunk(*held)
                    del held
                fn = load() if blob is None else self._functions.load(blob)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            box.check(error)
            if type(error) is NoMemory and count > 1:
                # For each of them by itself there may be enough. One that is too large fails by itself then.
                self._skip(count, True)
                return True
            entry: Any = (NOT_UNPICKLED, safe_repr(error), describe(error))
            # The function does not unpickle: so for every item.
            for i in range(count):
                box.finish(entry, last and i == count - 1)
            return True
        done = 0
        switches = MAX_SWITCHES if load is not None or flags else 0
        while done < count:
            if switches < MAX_SWITCHES:
                ran, entry, switches = self._numbers(fn, data, done, switches)
                more = True
            else:
                ran, entry, more = self._stretch(fn, data[done:] if load is None else None, load, count - done, flags)
            if self._passed_over:
                self._passed_over = False
                box.pass_over()
                return False
            done += ran
            if entry is not _NOTHING:
                done += 1
                late = now_ns() - box.began >= CHUNK_FLUSH_NS
                box.finish(entry, late or (last and done == count) or not more)
            elif done < count:
                self._words[STATE] = box.seq << STAGE_BITS | IDLE
                box.flush()
            if not more and done < count:
                self._skip(count - done)
                return True
        return True

    def _skip(self, count: int, apart: bool = False) -> None:
        """The next so many items are not begun here: they are to be pickled again, ``apart`` or as they are.

        They are in no journal: STATE moves past them when this is sent, or the parent would take what lies there, results of
        items before them, for theirs.
        """
        box = self._outbox
        self._words[STATE] = box.seq << STAGE_BITS | IDLE
        box.out.append((SKIPPED, count, True) if apart else (SKIPPED, count))
        box.seq += count
        box.flush()
        self._words[STATE] = box.seq << STAGE_BITS | IDLE

    def _stretch(self, fn: Any, items: Any, load: Any, count: int, flags: int) -> Tuple[int, Any, bool]:
        """Run items as long as their results are numbers, the journal has room and it is no time to flush.

        Returns how many ran, the entry of the item after them if that one ended the stretch, and whether the
        item after that can be had (not if a pickle failed, since the later ones build on it).
        """
        box = self._outbox
        words, area, ends = self._words, self._slot.data, self._slot.ends
        interrupts, clock, dumps, numbers = self._interrupts, now_ns, marshal.dumps, NUMBERS
        star, timed, loose = flags & 1, flags & 2, flags & 4
        began = clock()
        if not box.out:
            box.began = began
        deadline = box.began + CHUNK_FLUSH_NS
        words[STARTED] = began
        running = box.seq << STAGE_BITS | RUNNING
        position, entries = box.position, box.entries
        if box.mode:
            box.flush()
            box.began = began
            position = entries = 0
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
                sequence: Any = items[:room] if load is None else range(room)
                for item in sequence:
                    if load is not None:
                        words[STATE] = running - RUNNING + UNPICKLING
                        unpickling = True
                        item = load()
                        unpickling = False
                    words[STATE] = running
                    if loose and words[REVOKE_END] > running >> STAGE_BITS and box.revoked(running >> STAGE_BITS):
                        self._passed_over = True
                        break
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
            box.check(error)
            self._words[STATE] = box.seq + len(run) << STAGE_BITS | PICKLING
            # A signal's exception may have hit between two items: then it is not known which one the pickler is at.
            more = load is None or (isinstance(error, Exception) and not unpickling)
            entry = (NOT_UNPICKLED, safe_repr(error), describe(error)) if unpickling else raised(error)
            result = _NOTHING
        ran = len(run)
        box.seq += ran
        box.entries += ran
        if ran:
            box.position = ends[box.entries - 1]
            box.out.append((RUN, run))
        if result is not _NOTHING:
            kind = type(result)
            scalar = kind in numbers or (kind in TEXTS and len(result) <= TEXT_LIMIT)
            entry = result if scalar else box.pickle(result)
        elif entry is _NOTHING:
            # All that ran is in the journal. What is freed when the chunk is dropped is nobody's fault.
            words[STATE] = box.seq << STAGE_BITS | IDLE
        return ran, entry, more

    def _numbers(self, fn: Any, items: List[Any], done: int, switches: int) -> Tuple[int, Any, int]:
        """Run the items from number ``done`` on as long as their results are numbers of one type (or all None).

        The journal then is an array, and noting a result is one store. Between looks at the clock lies a row of
        items that together take about ROW_NS. Returns how many ran, the entry of the item after them if it ended
        this, and how often the type has changed.
        """
        box = self._outbox
        words, interrupts, clock = self._words, self._interrupts, now_ns
        if box.entries and not box.mode:
            box.flush()
        began = clock()
        if not box.out and not box.entries:
            box.began = began
        words[STARTED] = began
        count = len(items)
        start = box.entries  # where in the journal our results begin
        origin = done
        row = 1
        mode = box.mode or self._guess
        kind, store = MODES[mode], self._slot.numbers(mode)
        if not box.mode:
            words[MODE] = box.mode = mode
        entry: Any = _NOTHING
        while done < count:
            index = before = box.entries
            size = min(row, count - done, MAX_NUMBERS - before)
            first = box.seq << STAGE_BITS | RUNNING
            result = _NOTHING
            try:
                try:
                    interrupts.in_task = True
                    for item, word, index in zip(
                        items[done : done + size],
                        range(first, first + (size << STAGE_BITS), 1 << STAGE_BITS),
                        range(before, before + size),
                    ):
                        words[STATE] = word
                        result = fn(item)
                        if type(result) is not kind:
                            break
                        try:
                            store[index] = result
                        except (OverflowError, ValueError):  # the latter for ints beyond 64 bits
                            break
                    else:
                        result = _NOTHING
                        index = before + size
                finally:
                    interrupts.in_task = False
            except BaseException as error:
                interrupts.in_task = False
                box.check(error)
                words[STATE] = box.seq + index - before << STAGE_BITS | PICKLING
                entry = raised(error)
                result = _NOTHING
            ran = index - before
            box.entries = index
            box.seq += ran
            done += ran
            if entry is not _NOTHING:
                break
            if result is not _NOTHING:
                switches += 1
                new = self._mode_of(result)
                if new == mode or switches >= MAX_SWITCHES or not new:
                    number = new or (type(result) in TEXTS and len(result) <= TEXT_LIMIT)
                    entry = result if number else box.pickle(result)
                    switches = switches if new else MAX_SWITCHES
                    break
                # Another type: send what is there, and go on with a journal of that.
                self._gather(start)
                box.flush()
                start = 0
                self._guess = words[MODE] = box.mode = mode = new
                kind, store = MODES[mode], self._slot.numbers(mode)
                try:
                    store[0] = result
                except (OverflowError, ValueError):  # the latter for ints beyond 64 bits
                    entry = result
                    break
                box.entries = 1
                box.seq += 1
                done += 1
            now = clock()
            if now - began < ROW_NS:
                row = min(row * 2, MAX_ROW)
            elif row > 1:
                row //= 2
            began = now
            if now - box.began >= CHUNK_FLUSH_NS or box.entries >= MAX_NUMBERS:
                words[STATE] = box.seq << STAGE_BITS | IDLE
                self._gather(start)
                box.flush()
                start = 0
                words[MODE] = box.mode = mode
                box.began = now
            words[STARTED] = now
        self._gather(start)
        if entry is _NOTHING:
            words[STATE] = box.seq << STAGE_BITS | IDLE
        return done - origin, entry, switches

    _guess = 1

    @staticmethod
    def _mode_of(result: Any) -> int:
        kind = type(result)
        return MODES.index(kind) if kind in NUMBERS else 0

    def _gather(self, start: int) -> None:
        """The numbers in the journal from entry ``start`` on become an entry to send."""
        box = self._outbox
        if box.entries > start:
            values = self._slot.numbers(box.mode)[start : box.entries]
            box.out.append((RUN, self._slot.as_list(box.mode, values)))
