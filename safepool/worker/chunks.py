"""How a worker runs the items of a chunk: as fast as it can, and with each item noted before it is touched."""

import marshal
import pickle
import time
from typing import Any, Dict, List, Tuple

from ..protocol import codec
from ..protocol.codec import NUMBERS, TEXT_LIMIT, TEXTS
from ..protocol.slots import (
    BASE,
    JOURNAL_SIZE,
    MAX_ENTRIES,
    MAX_NUMBERS,
    MODE,
    MODES,
    REVOKE_END,
    REVOKE_FROM,
    STARTED,
    STATE,
    Slot,
)
from ..protocol.wire import Unheld
from ..protocol.words import (
    IDLE,
    NOT_PICKLED,
    NOT_UNPICKLED,
    PICKLED_CHUNK,
    PICKLING,
    RESULTS,
    RUN,
    RUNNING,
    SKIPPED,
    STAGE_BITS,
    TIED,
    UNDECIDED,
    UNPICKLING,
    VALUE,
)
from .answers import Outbox
from .channel import Channel
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


class Chunks(Outbox):
    """The part of a worker's loop that runs chunks, and what it shares with single calls."""

    def __init__(self, channel: Channel, slot: Slot) -> None:
        super().__init__(channel, slot)
        self._functions: Dict[bytes, Any] = {}
        self.passed_over = False  # the rest of the chunk was revoked
        self.revoke_end = 0  # up to where

    def _revoked(self, seq: int) -> bool:
        """The parent takes items back, ``seq`` perhaps among them: wait for its decision (about 1 ms).

        We noted *running seq* before we looked at REVOKE_END, and the parent looks at our note a while after it
        set REVOKE_END. So either we see that, or the parent sees our note.
        """
        # Before the decision: afterwards it may already be that of the next time.
        self.revoke_end = self.words[REVOKE_END]
        while self.words[REVOKE_FROM] == UNDECIDED:
            time.sleep(0.0001)
        return seq >= self.words[REVOKE_FROM]

    def _pass_over(self) -> None:
        """All that was revoked is not run here: answer what is done, and say that this worker goes on after it."""
        words = self.words
        words[STATE] = self.seq << STAGE_BITS | IDLE
        self.flush()
        self.seq = self.first = words[BASE] = self.revoke_end
        words[STATE] = self.seq << STAGE_BITS | IDLE
        self.channel.send(RESULTS, (self.seq, 0, []))

    def _load_function(self, blob: bytes) -> Any:
        function = self._functions.get(blob)
        if function is None:
            function = self._functions[blob] = pickle.loads(blob)
        return function

    @staticmethod
    def _take(buffers: List[Any], count: int) -> Tuple[Any, List[Any]]:
        """The pickle and the buffers that came with a task, its objects' own from now on. Raises NoMemory."""
        mine = [buffers.pop() for _ in range(count)]
        try:
            if Unheld in map(type, mine):
                raise MemoryError
            return mine[0], codec.owned(mine[1:])
        except MemoryError:
            size = sum(one.bytes if type(one) is Unheld else len(one) for one in mine)
        raise NoMemory(f"there is no memory here for the {size} bytes that came with it")

    def _pickle(self, result: Any) -> Any:
        self.words[STATE] = self.seq << STAGE_BITS | PICKLING
        interrupts = self.interrupts
        try:
            try:
                interrupts.in_task = True
                packed, tied = codec.dumps_result(result)
                self.tied = self.tied or tied
                return (TIED if tied else VALUE, packed)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            self.check(error)
            return (NOT_PICKLED, False, safe_repr(error), safe_repr(result), describe(error))

    def _chunk(self, unit: Any, buffers: List[Any], last: bool) -> None:
        """Run the items of a chunk."""
        kind, blob, count, flags, data = unit
        count = count or len(data)  # loose items: more may have joined after the task was made
        interrupts = self.interrupts
        load: Any = None
        try:
            try:
                interrupts.in_task = True
                if kind == PICKLED_CHUNK:
                    held = self._take(buffers, data) if type(data) is int else (data, [])
                    load = codec.loads_chunk(*held)
                    del held
                fn = load() if blob is None else self._load_function(blob)
            finally:
                interrupts.in_task = False
        except BaseException as error:
            interrupts.in_task = False
            self.check(error)
            if type(error) is NoMemory and count > 1:
                # For each of them by itself there may be enough. One that is too large fails by itself then.
                self._skip(count, True)
                return
            entry: Any = (NOT_UNPICKLED, safe_repr(error), describe(error))
            # The function does not unpickle: so for every item.
            for i in range(count):
                self._finish(entry, last and i == count - 1)
            return
        done = 0
        switches = MAX_SWITCHES if load is not None or flags else 0
        while done < count:
            if switches < MAX_SWITCHES:
                ran, entry, switches = self._numbers(fn, data, done, switches)
                more = True
            else:
                ran, entry, more = self._stretch(fn, data[done:] if load is None else None, load, count - done, flags)
            if self.passed_over:
                self._pass_over()
                return
            done += ran
            if entry is not _NOTHING:
                done += 1
                late = time.monotonic_ns() - self.began >= CHUNK_FLUSH_NS
                self._finish(entry, late or (last and done == count) or not more)
            elif done < count:
                self.words[STATE] = self.seq << STAGE_BITS | IDLE
                self.flush()
            if not more and done < count:
                self._skip(count - done)
                return

    def _skip(self, count: int, apart: bool = False) -> None:
        """The next so many items are not begun here: they are to be pickled again, ``apart`` or as they are."""
        self.out.append((SKIPPED, count, True) if apart else (SKIPPED, count))
        self.seq += count
        self.words[STATE] = self.seq << STAGE_BITS | IDLE
        self.flush()

    def _stretch(self, fn: Any, items: Any, load: Any, count: int, flags: int) -> Tuple[int, Any, bool]:
        """Run items as long as their results are numbers, the journal has room and it is no time to flush.

        Returns how many ran, the entry of the item after them if that one ended the stretch, and whether the
        item after that can be had (not if a pickle failed, since the later ones build on it).
        """
        words, area, ends = self.words, self.slot.data, self.slot.ends
        interrupts, clock, dumps, numbers = self.interrupts, time.monotonic_ns, marshal.dumps, NUMBERS
        star, timed, loose = flags & 1, flags & 2, flags & 4
        began = clock()
        if not self.out:
            self.began = began
        deadline = self.began + CHUNK_FLUSH_NS
        words[STARTED] = began
        running = self.seq << STAGE_BITS | RUNNING
        position, entries = self.position, self.entries
        if self.mode:
            self.flush()
            self.began = began
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
                    if loose and words[REVOKE_END] > running >> STAGE_BITS and self._revoked(running >> STAGE_BITS):
                        self.passed_over = True
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
            self.check(error)
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
        elif entry is _NOTHING:
            # All that ran is in the journal. What is freed when the chunk is dropped is nobody's fault.
            words[STATE] = self.seq << STAGE_BITS | IDLE
        return ran, entry, more

    def _numbers(self, fn: Any, items: List[Any], done: int, switches: int) -> Tuple[int, Any, int]:
        """Run the items from number ``done`` on as long as their results are numbers of one type (or all None).

        The journal then is an array, and noting a result is one store. Between looks at the clock lies a row of
        items that together take about ROW_NS. Returns how many ran, the entry of the item after them if it ended
        this, and how often the type has changed.
        """
        words, interrupts, clock = self.words, self.interrupts, time.monotonic_ns
        if self.entries and not self.mode:
            self.flush()
        began = clock()
        if not self.out and not self.entries:
            self.began = began
        words[STARTED] = began
        count = len(items)
        start = self.entries  # where in the journal our results begin
        origin = done
        row = 1
        mode = self.mode or self._guess
        kind, store = MODES[mode], self.slot.numbers(mode)
        if not self.mode:
            words[MODE] = self.mode = mode
        entry: Any = _NOTHING
        while done < count:
            index = before = self.entries
            size = min(row, count - done, MAX_NUMBERS - before)
            first = self.seq << STAGE_BITS | RUNNING
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
                self.check(error)
                words[STATE] = self.seq + index - before << STAGE_BITS | PICKLING
                entry = raised(error)
                result = _NOTHING
            ran = index - before
            self.entries = index
            self.seq += ran
            done += ran
            if entry is not _NOTHING:
                break
            if result is not _NOTHING:
                switches += 1
                new = self._mode_of(result)
                if new == mode or switches >= MAX_SWITCHES or not new:
                    number = new or (type(result) in TEXTS and len(result) <= TEXT_LIMIT)
                    entry = result if number else self._pickle(result)
                    switches = switches if new else MAX_SWITCHES
                    break
                # Another type: send what is there, and go on with a journal of that.
                self._gather(start)
                self.flush()
                start = 0
                self._guess = words[MODE] = self.mode = mode = new
                kind, store = MODES[mode], self.slot.numbers(mode)
                try:
                    store[0] = result
                except (OverflowError, ValueError):  # the latter for ints beyond 64 bits
                    entry = result
                    break
                self.entries = 1
                self.seq += 1
                done += 1
            now = clock()
            if now - began < ROW_NS:
                row = min(row * 2, MAX_ROW)
            elif row > 1:
                row //= 2
            began = now
            if now - self.began >= CHUNK_FLUSH_NS or self.entries >= MAX_NUMBERS:
                words[STATE] = self.seq << STAGE_BITS | IDLE
                self._gather(start)
                self.flush()
                start = 0
                words[MODE] = self.mode = mode
                self.began = now
            words[STARTED] = now
        self._gather(start)
        if entry is _NOTHING:
            words[STATE] = self.seq << STAGE_BITS | IDLE
        return done - origin, entry, switches

    _guess = 1

    @staticmethod
    def _mode_of(result: Any) -> int:
        kind = type(result)
        return MODES.index(kind) if kind in NUMBERS else 0

    def _gather(self, start: int) -> None:
        """The numbers in the journal from entry ``start`` on become an entry to send."""
        if self.entries > start:
            values = self.slot.numbers(self.mode)[start : self.entries]
            self.out.append((RUN, self.slot.as_list(self.mode, values)))
