"""From calls to tasks: pickling in the caller's thread, chunks, and feeding long iterables bit by bit."""

import itertools
from typing import Any, Iterable, Iterator, List, Optional, Sequence, Tuple

from ..contract import EngineContract
from ..core.states import Task
from ..protocol import codec
from ..protocol.bell import Bell
from ..protocol.codec import Packed, Parcel
from ..protocol.threads import Thread
from ..protocol.words import CALL, CHUNK, LOOSE, PICKLED_CALL, PICKLED_CHUNK, STAR, TIMED
from .decode import iterable_error, submission_error
from .limits import Limits

#: So many single items travel together at most.
MAX_LOOSE = 64

#: An imap whose results nobody takes stops reading its iterable after so many results, or so many bytes of them,
#: until the pool is closed.
MAX_UNTAKEN = 1 << 16
MAX_UNTAKEN_BYTES = 1 << 28
#: A feeder that was not started at so many looks of the engine never will be: its caller was torn away in between.
NEVER_STARTED = 5
#: Tasks are handed on in groups, but no longer than this (seconds) after they were made.
GROUP_SECONDS = 0.001


def call_task(
    engine: EngineContract,
    owner: Any,
    index: int,
    fn: Any,
    args: Any,
    kwargs: Any,
    limits: Optional[Limits],
    may_defer: bool = False,
) -> Task:
    """The task of one call. Raises whatever pickling it raises.

    ``may_defer``: where much is queued the owner may keep the call, and be asked to pickle it when it is nearly due.
    """
    blob = engine.pickled(fn)
    if blob is not None and not kwargs and codec.all_scalars(args):
        return Task(owner, index, 1, (CALL, blob, tuple(args)), 0, limits)
    if may_defer and engine.much_is_queued():
        task = Task(owner, index, 1, None, 0, limits)
        task.deferred = True
        return task
    packed = codec.dumps((fn, args, kwargs))
    if type(packed) is bytes:
        return Task(owner, index, 1, (PICKLED_CALL, packed), len(packed), limits)
    assert isinstance(packed, Packed)
    unit = (PICKLED_CALL, None, len(packed.lengths))
    return Task(owner, index, 1, Parcel(unit, packed), packed.size, limits)


def chunk_payload(
    engine: EngineContract, fn: Any, items: Sequence[Any], star: bool, limits: Optional[Limits]
) -> Tuple[Any, int, int]:
    """(payload, how many of the items it holds, bytes). Fewer than all if a later one cannot be pickled; raises if
    the first cannot."""
    blob = engine.pickled(fn)
    flags = (STAR if star else 0) | (TIMED if limits is not None and limits.timeout is not None else 0)
    count = len(items)
    if blob is not None and not star and codec.all_scalars(items):
        if count == 1:
            return (CALL, blob, (items[0],)), 1, 0
        return (CHUNK, blob, count, flags, list(items)), count, 16 * count
    if count == 1:
        packed = codec.dumps((fn, items[0] if star else (items[0],), None))
        if type(packed) is bytes:
            return (PICKLED_CALL, packed), 1, len(packed)
        assert isinstance(packed, Packed)
        return Parcel((PICKLED_CALL, None, len(packed.lengths)), packed), 1, packed.size
    packed, count = codec.dumps_chunk(fn if blob is None else None, items)
    if type(packed) is bytes:
        return (PICKLED_CHUNK, blob, count, flags, packed), count, len(packed)
    assert isinstance(packed, Packed)
    unit = (PICKLED_CHUNK, blob, count, flags, len(packed.lengths))
    return Parcel(unit, packed), count, packed.size


def chunk_task(
    engine: EngineContract, owner: Any, index: int, fn: Any, items: Sequence[Any], star: bool, limits: Optional[Limits]
) -> Task:
    payload, count, size = chunk_payload(engine, fn, items, star, limits)
    return Task(owner, index, count, payload, size, limits)


def make_tasks(
    engine: EngineContract,
    owner: Any,
    first: int,
    fn: Any,
    items: Sequence[Any],
    star: bool,
    limits: Optional[Limits],
    in_feeder: bool = False,
) -> List[Task]:
    """The tasks of a chunk, mostly one; items that cannot be pickled fail on their own, the others go on.

    KeyboardInterrupt in a caller's thread is taken to be Ctrl-C and passed on.
    """
    made = []
    done = 0
    while done < len(items):
        rest = items[done:] if done else items
        try:
            task = chunk_task(engine, owner, first + done, fn, rest, star, limits)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and not in_feeder:
                raise
            owner.settle_item(first + done, submission_error(owner, first + done, error))
            done += 1
            continue
        made.append(task)
        done += task.count
    return made


def loose_task(engine: EngineContract, owner: Any, index: int, fn: Any, item: Any) -> Optional[Task]:
    """The task of a single item that others may join (:meth:`Task.join`); None if it has to be pickled, or the function can't be:
    that is the error of each item, by itself."""
    try:
        blob = engine.pickled(fn)
    except BaseException:
        return None  # it raises again where the item becomes a task of its own
    if blob is None or not codec.is_scalar(item):
        return None
    task = Task(owner, index, 1, (CHUNK, blob, 0, LOOSE, [item]))
    task.open()
    return task


def refill_call(engine: EngineContract, owner: Any, part: Task, call: Any) -> None:
    """Give the task of one call (fn, args, kwargs) a payload. Raises as ``Owner.refill_part``."""
    fn, args, kwargs = call
    try:
        task = call_task(engine, owner, 0, fn, args, kwargs or None, part.limits)
    except Exception:
        raise
    except BaseException as error:
        raise submission_error(owner, 0, error) from error
    part.payload, part.size = task.payload, task.size


def refill(engine: EngineContract, part: Task, fn: Any, items: Sequence[Any], star: bool) -> None:
    """Give the rest of a chunk a payload; its items one by one if not all of them can be pickled together."""
    payload, count, size = chunk_payload(engine, fn, items, star, part.limits)
    if count != part.count:
        raise ValueError("a task that had been pickled before cannot be pickled again")
    part.payload, part.size = payload, size


def chunks(iterable: Iterable[Any], size: int) -> Iterable[List[Any]]:
    iterator = iter(iterable)
    while True:
        chunk = list(itertools.islice(iterator, size))
        if not chunk:
            return
        yield chunk


class Feeder:
    """The thread that reads the iterable of one ``imap``, not much further than the workers are.

    It keeps its ``owner`` (``Incoming``), but not the iterator, nor the pool: when both are dropped the pool ends, and so does
    this.

    All is the thread's own, but for what it is told: ``_delivered`` (by the owner's sorter) and ``_closed``. It says what
    it sleeps for, in ``_resume_at`` (so many delivered) or ``waits_for_takers``, and then looks again; who tells it something
    looks at that afterwards (see ``waiting``). ``_begins`` holds one thing: who takes it out, in one step, has the first
    word: the thread, or who calls it off.
    """

    def __init__(
        self, engine: EngineContract, owner: Any, fn: Any, iterable: Iterable[Any], size: int, limits: Optional[Limits]
    ) -> None:
        self._engine = engine
        self._owner = owner
        self._fn = fn
        self._iterable: Any = iterable
        self._size = size
        self._limits = limits
        self._bell = Bell()
        self._submitted = 0
        self._delivered = 0
        self._resume_at = -1
        self.waits_for_takers = False
        self._unsure: Optional[int] = None  # the first item that the owner knows of and the engine, perhaps, does not
        self._closed = False
        self._begins = [True]
        self._ended = False
        self._looks = 0
        self._thread = Thread(self._run, engine.name + "-feeder")
        engine.add_feeder(self)

    def start(self) -> None:
        """Begin; the owner has to know its feeder before, or the first results would not be counted."""
        try:
            self._thread.start()
        except BaseException:
            # A handler may have torn us away when the thread was there already: then the thread sees to everything.
            if self._is_first():
                self._finish(0)
            raise

    def _is_first(self) -> bool:
        try:
            return self._begins.pop()
        except IndexError:
            return False

    def look(self) -> None:
        """The engine looks, in its thread, once in a while: if the thread is gone without a word, say what it could not say."""
        if self._ended:
            return
        self._looks += 1
        gone = self._thread.is_gone()
        if gone or (self._looks > NEVER_STARTED and self._is_first()):
            self._owner.lose(
                MemoryError("the thread that reads the iterable is gone; most likely it had no memory left")
            )
            self._finish(self._submitted)

    def delivered(self, count: int) -> None:
        """So many items are settled."""
        self._delivered = count
        if count >= self._resume_at >= 0:
            self._bell.ring()

    def consumed(self) -> None:
        """A result was taken."""
        self._bell.ring()

    def pool_closed(self) -> None:
        """The pool was closed, or is broken."""
        self._closed = True
        self._bell.ring()
        self._owner.pool_ended()  # the iterable may block, so that we cannot say it

    def _room(self) -> int:
        """How many chunks may be read now; sets what has to happen before any may."""
        engine = self._engine
        if engine.broken_error() is not None:
            return 1
        batch = engine.batch()
        window = max(16, 2 * engine.size * max(batch, self._size))
        ahead = self._submitted - self._delivered
        if ahead >= window:
            self._resume_at = self._submitted - window // 2
            if self._delivered < self._resume_at:
                return 0
        self._resume_at = -1
        if not self._closed and self._much_untaken():
            self.waits_for_takers = True
            if self._much_untaken():
                return 0
        self.waits_for_takers = False
        return max(1, (window - ahead) // self._size)

    def _much_untaken(self) -> bool:
        owner = self._owner
        return bool(owner.untaken() >= MAX_UNTAKEN or owner.untaken_bytes(MAX_UNTAKEN_BYTES) >= MAX_UNTAKEN_BYTES)

    def _run(self) -> None:
        engine = self._engine
        if not self._is_first():
            return
        # What is not watched one by one may travel together.
        loose = self._size == 1 and self._limits is None and engine.max_tasks is None
        try:
            iterator = iter(self._iterable)
            self._iterable = None
            more = True
            while more:
                room = self._room()
                while not room:
                    self._bell.wait(self._room)
                    room = self._room()
                # Each is handed on before the next is asked for, which may take its time.
                more = self._feed_loose(iterator, room) if loose else self._feed_chunks(iterator, room)
        except BaseException as error:
            self._say(error)
        finally:
            self._finish(self._submitted)

    def _say(self, error: BaseException) -> None:
        """The iterable raised, or the pool broke, or something failed that must not: items that the owner knows of, and not the
        engine, get the error; and so does the next one, unless there is none since the pool broke."""
        owner, broken = self._owner, self._engine.broken_error()
        try:
            unsure = self._unsure
            if unsure is not None:
                for index in range(unsure, self._submitted):
                    owner.settle_item(index, broken or submission_error(owner, index, error))
            if unsure is None or broken is None:
                first = self._announce([None])
                owner.settle_item(first, iterable_error(first, error))
        except BaseException:
            owner.lose(error)  # or what was given would be taken for all that there is
            raise

    def _announce(self, items: List[Any]) -> int:
        """The owner has to know of items before anything can become of them; the number of the first."""
        first = self._submitted
        self._owner.travels(first, items)
        self._unsure = first
        self._submitted += len(items)
        return first

    def _hand_on(self, tasks: List[Task]) -> None:
        for task in tasks:
            self._engine.submit(task)
            self._unsure = task.index + task.count
        self._unsure = None

    def _feed_chunks(self, iterator: Iterator[Any], room: int) -> bool:
        """Read so many chunks, or to the end; is there more?"""
        for _ in range(room):
            chunk: List[Any] = []
            try:
                chunk.extend(itertools.islice(iterator, self._size))
            except BaseException:
                # What it gave before it raised is in the list, and done; the error takes the place of the next item.
                self._send(chunk)
                raise
            if not chunk:
                return False
            self._send(chunk)
        return True

    def _send(self, chunk: List[Any]) -> None:
        first = self._announce(chunk)
        self._hand_on(make_tasks(self._engine, self._owner, first, self._fn, chunk, False, self._limits, True))

    def _feed_loose(self, iterator: Iterator[Any], room: int) -> bool:
        """Read so many items, or to the end; those for which no worker is idle join the last one that still waits."""
        engine, owner, fn = self._engine, self._owner, self._fn
        is_scalar = codec.is_scalar
        limit = min(MAX_LOOSE, engine.batch() // 8)
        last: Optional[Task] = None
        together = 0
        for item in itertools.islice(iterator, room):
            room -= 1
            if last is not None and together < limit and is_scalar(item) and last.join(item):
                together += 1
                self._submitted += 1
                continue
            together = 1
            last = loose_task(engine, owner, self._submitted, fn, item)
            if last is not None:
                self._announce(last.payload[4])
                self._hand_on([last])
            else:
                first = self._announce([item])
                self._hand_on(make_tasks(engine, owner, first, fn, [item], False, None, True))
        return not room

    def _finish(self, count: int) -> None:
        """Each step may be taken twice; when all are, there is nothing more to look after."""
        self._owner.end_at(count)
        self._owner.feeder = None  # or they would keep each other
        self._engine.remove_feeder(self)
        self._ended = True
