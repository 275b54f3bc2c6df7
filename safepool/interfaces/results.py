"""What the methods of :class:`safepool.Pool` return for one call or a list of them.

A result is unpickled by the thread that asks for it; callbacks run in a thread of their own (:mod:`safepool.engine.callbacks`).
"""

from concurrent.futures import CancelledError
from typing import Any, FrozenSet, Generic, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, TypeVar

from ..describe import describe_call
from ..errors import RemoteTraceback
from ..protocol.codec import is_scalar
from ..protocol.words import RUN
from .decode import Remembered, decode, is_plain, recall, remember, submission_error
from .waiting import bell_of, end_turn, ring, take_turn

T = TypeVar("T")

_NONE: FrozenSet[int] = frozenset()


class AsyncResult(Generic[T]):
    """What :meth:`Pool.apply_async` returns; as :class:`multiprocessing.pool.AsyncResult`.

    It is shared by the thread that made the call, those that wait, and whoever settles it, and owned by none: what is in its
    ``__dict__`` changes by single steps (see ``waiting``), and any of them may be done again.

    - ``_decoded`` holds (good, value, ...) and decides everything; the first one's stays. A plain value is put there by who
      settles, by ``setdefault``. What needs decoding is put into ``_entry``, in the same way, and decoded by one thread at a
      time.
    - ``_callbacks`` (callback, error_callback) belong to the one who takes them out. While they are there or at work,
      ``_settled`` is false: as with the standard pool, callbacks come before anybody who waits.
    - ``_settled`` is set once, after all that.
    - ``_pool``, ``_call``, ``_task`` are let go by whoever settles.
    """

    __module__ = "safepool"

    remote_traceback = RemoteTraceback
    waited_for_at_once = False
    settle_items: Any = None

    _pool: Any
    _engine: Any
    _call: Remembered
    _settled = False
    _task: Any = None
    _entry: Any = None

    def __init__(self, pool: Any, call: Any, callback: Any, error_callback: Any) -> None:
        mine = self.__dict__  # made here, where nobody else has this object: see TaskFuture
        mine["_pool"] = pool
        mine["_engine"] = pool._engine
        mine["_call"] = call
        if callback is not None or error_callback is not None:
            self._callbacks = (callback, error_callback)

    # ---- for the engine

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        return recall(self._call), None

    def others_left(self) -> int:
        """How many tasks the message of a death calls not affected."""
        return int(self._engine.unfinished)

    def refill_part(self, part: Any) -> None:
        """Pickle this call, which was queued unpickled, or again, for a retry. Runs users' code."""
        from .tasks import refill_call

        call: Any = self._call
        if self._settled or type(call) is not tuple or len(call) != 3:
            raise CancelledError("nobody waits for this call any more")
        refill_call(self._engine, self, part, call)

    def settle_item(self, index: int, entry: Any) -> None:
        mine = self.__dict__
        if type(entry) is tuple or isinstance(entry, BaseException):
            call = self._call
            if mine.setdefault("_entry", entry) is entry and type(call) is tuple and len(call) == 3:
                self._call = remember(*call)
        elif "_entry" not in mine:
            mine.setdefault("_decoded", (True, entry))
            mine["_call"] = None
        mine["_task"] = None
        if "_callbacks" in mine or "_notified" in mine:
            self._complete()
            return
        # As _settle, without the call: this is the way of each result of a burst.
        mine["_settled"] = True
        if "_bell" in mine:
            ring(mine)
        mine["_pool"] = None

    def settle_cancelled(self, index: int, count: int) -> None:
        for i in range(index, index + count):
            self.settle_item(i, CancelledError("the pool was shut down before the task began"))

    def _complete(self) -> None:
        """The entry is there. May be called again: what a thread that was torn away did not come to is done then."""
        mine = self.__dict__
        if "_callbacks" in mine:
            self._engine.call_back(self._notify)
        elif "_notified" not in mine or self._settled:
            self._settle()

    def _settle(self) -> None:
        mine = self.__dict__
        mine["_settled"] = True
        if "_bell" in mine:
            ring(mine)
        mine["_pool"] = None

    def _notify(self) -> None:
        """In the thread for callbacks."""
        mine = self.__dict__
        mine["_notified"] = True
        callbacks = mine.pop("_callbacks", None)
        if callbacks is None:
            return  # another one has them
        try:
            good, value = self._decode()[:2]
            callback = callbacks[0 if good else 1]
            if callback is not None:
                self._engine.call_back_here(callback, value)
        finally:
            self._settle()

    # ---- for users

    def _decode(self) -> Tuple[Any, ...]:
        """(True, the value, ...) or (False, the exception, ...), made by one thread at a time; the others wait. Runs users' code.

        If a signal handler tears this thread away in the middle of it, the entries are as good as before.
        """
        mine = self.__dict__
        decoded: Optional[Tuple[Any, ...]] = mine.get("_decoded")
        if decoded is None:
            turn = take_turn(mine, "_decoded")
            if turn is not None:
                try:
                    if "_decoded" not in mine:
                        mine.setdefault("_decoded", self._make())
                finally:
                    del turn
                    end_turn(mine)
            decoded = mine["_decoded"]
            self._let_go()
        return decoded

    def _make(self) -> Tuple[Any, ...]:
        return decode(self, 0, self._entry)

    def _let_go(self) -> None:
        self._entry = self._call = None

    def ready(self) -> bool:
        """Is the result there?"""
        return self._settled

    def successful(self) -> bool:
        """Did the call return without an exception? Raises ValueError if it is not ready."""
        if not self._settled:
            raise ValueError(f"{self!r} not ready")
        good: bool = self._decode()[0]
        return good

    def wait(self, timeout: Optional[float] = None) -> None:
        """Wait until the result is there, or ``timeout`` seconds."""
        if self._settled:
            return
        self._engine.check_may_wait()
        task = self._task
        if task is not None and (timeout is None or timeout > 0.002):
            self._engine.lead(task)
        if not self._settled:
            bell_of(self.__dict__).wait(self.ready, timeout)

    def get(self, timeout: Optional[float] = None) -> T:
        """The result; raises what the call raised, or multiprocessing.TimeoutError after ``timeout`` seconds."""
        self.wait(timeout)
        if not self._settled:
            import multiprocessing

            raise multiprocessing.TimeoutError
        good, value = self._decode()[:2]
        if good:
            result: T = value
            return result
        try:
            raise value
        finally:
            # The traceback refers to this frame, which must not refer back to the exception.
            del value
            self = None  # type: ignore[assignment]


class MapResult(AsyncResult[List[T]]):
    """The results of a map, in order.

    Several threads settle different items at once: the engine's, callers that read an answer themselves, the one that makes
    the tasks, the one that pickles a rest again. So nothing is counted. Each writes its entry to its place in
    ``_entries``, and then its mark into ``_marks``, one byte an item; who sees no gap in the marks afterwards completes the
    map, and two who see it at once do no harm. ``_no_gap_before`` spares the look at what is known to be full: any
    value that it ever had is right for ever. What else there is, is as in the base class.
    """

    _no_gap_before = 0
    # Most maps have none of these; who needs one makes it, by ``setdefault``.
    _special: Sequence[int] = ()  # the items whose entries are not simply their values
    # Of those, what their errors need once the items are let go: numbers and short texts, or the call in words.
    _kept: Mapping[int, Any] = {}
    _texts: Mapping[int, str] = {}

    def __init__(
        self, pool: Any, fn: Any, items: Any, star: bool, callback: Any, error_callback: Any, keep_errors: bool
    ) -> None:
        super().__init__(pool, None, callback, error_callback)
        count = len(items)
        self._fn = fn
        # A copy: the caller may change his list while a rest of a chunk is to be pickled again.
        self._items = list(items) if type(items) is list else items
        self._count = count
        self._star = star
        self._keep_errors = keep_errors
        self._entries: Any = [None] * count
        self._marks = bytearray(count)

    # ---- for the engine

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        items, fn, kept = self._items, self._fn, self._kept
        text = self._texts.get(index)
        if text is not None:
            return text, index
        if index in kept:
            return describe_call(fn, (kept[index],)), index
        if items is None or index >= len(items):
            return "<call>", index
        return describe_call(fn, items[index] if self._star else (items[index],)), index

    def others_left(self) -> int:
        return self._count - 1

    def refill_part(self, part: Any) -> None:
        from .tasks import refill

        items, fn = self._items, self._fn
        if items is None:
            raise CancelledError("nobody waits for these calls any more")
        try:
            refill(self._engine, part, fn, items[part.index : part.index + part.count], self._star)
        except Exception:
            raise
        except BaseException as error:
            raise submission_error(self, part.index, error) from error

    def settle_item(self, index: int, entry: Any) -> None:
        self.settle_items(((index, entry),))

    def settle_items(self, settled: Sequence[Tuple[int, Any]]) -> None:
        """As ``settle_item``, for several at once."""
        marks, entries = self._marks, self._entries
        for index, entry in settled:
            if type(entry) is tuple and entry[0] == RUN:
                values = entry[1]
                count = len(values)
                if marks.find(1, index, index + count) >= 0:
                    for i, value in enumerate(values, index):
                        self._settle_one(i, value)
                else:
                    entries[index : index + count] = values
                    marks[index : index + count] = b"\1" * count
            elif type(entry) is tuple or isinstance(entry, BaseException):
                self._settle_one(index, entry)
            elif not marks[index]:
                entries[index] = entry
                marks[index] = 1
        gap = marks.find(0, self._no_gap_before)
        if gap < 0:
            self._complete()
        else:
            self._no_gap_before = gap

    def _settle_one(self, index: int, entry: Any) -> None:
        if self._marks[index]:
            return
        if type(entry) is tuple or isinstance(entry, BaseException):
            items, mine = self._items, self.__dict__
            if items is not None and not self._star and is_plain(self._fn) and is_scalar(items[index]):
                mine.setdefault("_kept", {})[index] = items[index]
            else:
                mine.setdefault("_texts", {})[index] = str(self.describe_item(index)[0])
            mine.setdefault("_special", []).append(index)
        self._entries[index] = entry
        self._marks[index] = 1

    def _settle(self) -> None:
        self._items = None
        if not self._kept:
            self._fn = None
        AsyncResult._settle(self)

    # ---- for users

    def _decode(self) -> Tuple[Any, ...]:
        if not self._special:
            # Nothing to decode, so no users' code, and no turn to take: whoever does it does the same.
            mine = self.__dict__
            values = self._entries
            if values is not None:
                mine.setdefault("_decoded", (True, values, values, _NONE))
                self._let_go()
            decoded: Tuple[Any, ...] = mine["_decoded"]
            return decoded
        return super()._decode()

    def _make(self) -> Tuple[Any, ...]:
        """Beside what the base class says: the values, with errors in their places, and which of them are errors."""
        values = self._entries
        failed: Set[int] = set()
        error = None
        if values is None:
            return True, None, [], failed  # another thread was quicker
        if self._special:
            values = list(values)  # the entries are to be there if we are torn away
        for index in sorted(set(self._special)):
            good, value = decode(self, index, values[index])
            values[index] = value
            if not good and not self._keep_errors:
                failed.add(index)
                error = value if error is None else error
        return error is None, values if error is None else error, values, failed

    def _let_go(self) -> None:
        self._entries = self._items = self._fn = None
        self.__dict__.pop("_kept", None)
        self.__dict__.pop("_texts", None)

    def until_error(self) -> Iterator[T]:
        """The results up to the first error, which is raised. They are decoded at once, and let go one by one."""
        _, _, values, failed = self._decode()
        self.__dict__["_decoded"] = (True, None, [], failed)

        def results() -> Iterator[T]:
            values.reverse()
            index = 0
            while values:
                if index in failed:
                    raise values.pop()
                yield values.pop()  # and keep no reference to it
                index += 1

        return results()
