"""What ``imap`` and ``imap_unordered`` return: results one by one, while their calls are still being made."""

import _thread
import bisect
import collections
import threading
from concurrent.futures import CancelledError
from typing import Any, Deque, Dict, Generic, List, Optional, Tuple, TypeVar

from ..describe import describe_call, describe_function
from ..errors import RemoteTraceback
from ..protocol.words import RUN, VALUE
from .decode import Remembered, decode, recall, remember, stop_iteration_error, submission_error
from .waiting import Bell, aside, now

T = TypeVar("T")

#: Seconds. A pool that is broken tells what becomes of the items that are on their way, and the feeder, if nothing blocks it,
#: says how many there were. So long that is waited for.
BROKEN_GRACE = 0.5

_popleft = collections.deque.popleft
_get_ident = _thread.get_ident


def _weight(entry: Any) -> int:
    """The bytes of a pickled result."""
    if entry[0] != VALUE:
        return 0
    return len(entry[1]) + (sum(map(len, entry[2])) if len(entry) > 2 else 0)


class _Item:
    """What ``decode`` asks of an owner, for an item whose call is let go."""

    __slots__ = ("call", "remote_traceback")

    def __init__(self, call: Remembered, remote_traceback: Any) -> None:
        self.call = call
        self.remote_traceback = remote_traceback

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        return recall(self.call), index


class IMapIterator(Generic[T]):
    """Results one by one, in order; a chunk's items too.

    Three sides have a part in it.

    - Who settles items, from any thread, puts them into ``_inbox`` and sees to it that they are sorted. One thread at a time
      sorts: the one that has the lock ``_sorting``, which is never waited for, and never had by the main thread, where a
      signal handler might tear the sorter away; it lets that be done aside. Whoever finds the lock taken goes on: the sorter
      looks at the inbox once more after he has released it. The sorter alone writes ``_early``, ``_expected``, ``_settled``,
      ``_bytes_in`` and ``_marks``, and takes out of ``_groups`` and ``_firsts``.
    - Who takes results (``next``, several threads perhaps) takes them from ``_ready``, to which the sorter appends. In the main
      thread one step moves a result from there into ``_hand``, where it stays until the last instruction of ``next``: if a
      handler tears it away, the next call finds it there. A handler that calls ``next`` itself gets what is in the hand, so
      who puts it down finds out, in the same step, whether it is still there. Elsewhere no handler comes between.
    - The feeder's thread alone puts something into ``_groups`` and ``_firsts``, and sets ``_length``. It reads how much waits
      to be taken: ``_bytes_in`` less what ``next`` put into ``_bytes_out``, which the feeder empties.
    """

    remote_traceback = RemoteTraceback
    waited_for_at_once = False
    ordered = True

    def __init__(self, pool: Any, fn: Any, star: bool = False, keep_errors: bool = False) -> None:
        self._pool = pool
        self._engine = pool._engine
        self._fn = fn
        self._star = star
        self._keep_errors = keep_errors
        self._bell = Bell()
        self._inbox: Deque[List[Tuple[int, Any]]] = collections.deque()
        self._sorting = _thread.allocate_lock()
        self._ready: Deque[Tuple[int, Any]] = collections.deque()
        self._hand: Dict[int, Any] = {}  # the main thread's, by number: one or none
        self._early: Dict[int, Any] = {}
        self._expected = 0  # the item that comes into _ready next, if they are ordered
        self._settled = 0  # how many items are in _ready or were
        self._length: Optional[int] = None  # how many there are, once the iterable has ended
        self._groups: Dict[
            int, List[Any]
        ] = {}  # first item of what travels together -> the items, until all are settled
        self._marks: Dict[int, bytearray] = {}  # first item -> which are settled, once one is
        self._firsts: List[int] = []  # the keys of that, in order, and of some that are gone
        self._bytes_in = 0  # of results that were settled
        self._bytes_out: Deque[int] = collections.deque()  # of those that were taken
        self._bytes_gone = 0  # the sum of what the feeder has taken out of that
        self._main = threading.main_thread().ident
        self._last_word = [True]  # taken by the one who says that the pool is broken

    # ---- for the feeder

    def travels(self, first: int, items: List[Any]) -> None:
        """These items travel together; more may join until the first of them is settled."""
        self._groups[first] = items
        self._firsts.append(first)

    def end_at(self, length: int) -> None:
        """The iterable has ended: so many items are all."""
        self._length = length
        self._bell.ring()

    def pool_ended(self) -> None:
        """The pool was closed, or is broken: whoever waits shall look whether anything is to come."""
        self._bell.ring()

    def untaken(self) -> int:
        """How many results wait to be taken."""
        return len(self._ready) + len(self._early)

    def untaken_bytes(self, enough: int) -> int:
        """How many bytes of results wait to be taken; less than ``enough`` is not counted exactly."""
        out = self._bytes_out
        while out:
            self._bytes_gone += out.popleft()
        known = self._bytes_in - self._bytes_gone
        if known >= enough:
            # What a handler tore away was perhaps taken and not put down. Before the feeder waits for that, count.
            waiting = [*self._ready.copy(), *self._early.copy().values(), *self._hand.copy().items()]
            known = sum(_weight(entry[0]) for _, entry in waiting if type(entry) is tuple)
        return known

    # ---- for the engine

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        item = self._item(index)
        if item is None:
            return describe_function(self._fn), index
        return describe_call(self._fn, item[0] if self._star else item), index

    def others_left(self) -> int:
        return int(self._engine.unfinished)

    def refill_part(self, part: Any) -> None:
        from .tasks import refill

        items = [self._item(part.index + i) for i in range(part.count)]
        try:
            refill(self._engine, part, self._fn, [item[0] for item in items if item is not None], self._star)
        except Exception:
            raise
        except BaseException as error:
            raise submission_error(self, part.index, error) from error

    def settle_item(self, index: int, entry: Any) -> None:
        self.settle_items([(index, entry)])

    def settle_cancelled(self, index: int, count: int) -> None:
        error = CancelledError("the pool was shut down before the task began")
        self.settle_items([(i, error) for i in range(index, index + count)])

    def settle_items(self, entries: List[Tuple[int, Any]]) -> None:
        """As ``settle_item``, for several at once."""
        self._inbox.append(entries)
        if _get_ident() == self._main:
            aside.do(self._sort)
        else:
            self._sort()

    def _sort(self) -> bool:
        inbox = self._inbox
        while inbox and self._sorting.acquire(False):
            try:
                while inbox:
                    self._sort_batch(inbox[0])
                    del inbox[0]
            finally:
                self._sorting.release()
        return True

    def _sort_batch(self, entries: List[Tuple[int, Any]]) -> None:
        new: List[Tuple[int, Any]] = []
        for index, entry in entries:
            if type(entry) is tuple:
                # What needs decoding goes on with what is to be known of its call, which is let go.
                if entry[0] == RUN:
                    count = len(entry[1])
                    if self._mark(index, count):
                        new += enumerate(entry[1], index)
                    else:
                        new += [(i, value) for i, value in enumerate(entry[1], index) if self._mark(i, 1)]
                    continue
                item = self._item(index)
                call = None if item is None else remember(self._fn, item[0] if self._star else item)
                if self._mark(index, 1):
                    self._bytes_in += _weight(entry)
                    new.append((index, (entry, call)))
            elif self._mark(index, 1):
                new.append((index, entry))
        if not new:
            return
        ready = self._ready
        if self.ordered:
            early, following = self._early, self._expected
            for one in new:
                if one[0] == following:
                    ready.append(one)
                    following += 1
                else:
                    early[one[0]] = one
            while following in early:
                ready.append(early.pop(following))
                following += 1
            self._expected = following
        else:
            ready.extend(new)
        self._settled += len(new)
        if ready:
            self._bell.ring()
        feeder = self._feeder
        if feeder is not None:
            feeder.delivered(self._settled)

    def _first(self, index: int) -> int:
        """The first of the items that item ``index`` travels with; -1 if they are settled and forgotten."""
        groups = self._groups
        if index in groups:
            return index
        # The sorter may take some out of the list while we look: what is found is right, or does not hold the item.
        for _ in range(3):
            place = bisect.bisect_right(self._firsts, index) - 1
            try:
                first = self._firsts[place] if place >= 0 else -1
            except IndexError:
                continue
            if first <= index < first + len(groups.get(first, ())):
                return first
        return -1

    def _item(self, index: int) -> Optional[Tuple[Any]]:
        first = self._first(index)
        items = self._groups.get(first, ())
        return (items[index - first],) if 0 <= index - first < len(items) else None

    def _mark(self, index: int, count: int) -> bool:
        """So many items are settled; False, and nothing is noted, if one of them was before. Of the sorter.

        The arguments of what travelled together are dropped when all of it are.
        """
        first = self._first(index)
        items = self._groups.get(first)
        if items is None:
            return False
        size = len(items)
        marks = self._marks.get(first)
        # All of it at once, and nothing before, is what mostly comes: no marks for that.
        if size > count or marks is not None:
            if marks is None:
                marks = self._marks[first] = bytearray(size)
            start, end = index - first, index - first + count
            if marks.find(1, start, end) >= 0:
                return False
            marks[start:end] = b"\1" * count
            if marks.find(0) >= 0:
                return True
            del self._marks[first]
        del self._groups[first]
        firsts = self._firsts
        known = len(firsts)
        if known > 2 * len(self._groups) + 64:
            # In one step, and not beyond what is known: the feeder appends meanwhile.
            firsts[:known] = [one for one in firsts[:known] if one in self._groups]
        return True

    # ---- for users

    def __iter__(self) -> "IMapIterator[T]":
        return self

    def next(self, timeout: Optional[float] = None) -> T:
        """The next result. Raises what its call raised; multiprocessing.TimeoutError after ``timeout`` seconds."""
        deadline = None if timeout is None else now() + timeout
        hand = self._hand if _get_ident() == self._main else None
        ready = self._ready
        one: Any
        while True:
            try:
                if hand is None:
                    one = ready.popleft()
                else:
                    if not hand:
                        hand.update(map(_popleft, (ready,)))  # in one step
                    held = list(hand.items())
                    if not held:
                        continue  # a handler has taken it
                    one = held[0]
            except IndexError:
                one = None
            if one is None:
                self._wait(deadline)
                continue
            value = one[1]
            raises = False
            if type(value) is tuple:
                value, raises = self._decode(one)
            elif isinstance(value, BaseException):
                value, raises = self._raised(self, one[0], value)
            feeder = self._feeder
            if feeder is not None and feeder.waits_for_takers:
                feeder.consumed()
            if hand is not None:
                try:
                    # The look and the step at once: between them a handler could take this one.
                    del hand[one[0]]
                except KeyError:
                    continue
            if raises:
                raise value
            return value  # type: ignore[no-any-return]

    def _decode(self, one: Tuple[int, Any]) -> Tuple[Any, bool]:
        """(the value or the exception, is that to be raised?) of what was taken from ``_ready``. Runs users' code."""
        index, (entry, call) = one
        owner = _Item(call, self.remote_traceback)
        good, value = decode(owner, index, entry)
        # First its bytes are taken off, then the feeder is told.
        self._bytes_out.append(_weight(entry))
        return (value, False) if good else self._raised(owner, index, value)

    def _raised(self, owner: Any, index: int, error: BaseException) -> Tuple[Any, bool]:
        if self._keep_errors:
            return error, False
        return (stop_iteration_error(owner, index, error) if isinstance(error, StopIteration) else error), True

    __next__ = next  # noqa: A003 - the name is the standard pool's
    _feeder: Any = None

    def _ended(self) -> bool:
        length = self._length
        return length is not None and self._settled >= length

    def _wait(self, deadline: Optional[float]) -> None:
        """Until there may be something to take. Raises what ``next`` raises if there is not."""
        engine, ready = self._engine, self._ready
        if self._ended():
            if ready:
                return
            self._pool = None
            raise StopIteration
        engine.check_may_wait()
        left = None if deadline is None else max(0.0, deadline - now())
        broken = engine.broken_error()
        if broken is None:
            come = self._bell.wait(
                lambda: ready or self._ended() or engine.foreign or engine.broken_error() is not None, left
            )
        else:
            grace = BROKEN_GRACE if left is None else min(left, BROKEN_GRACE)
            come = self._bell.wait(lambda: ready or self._ended(), grace)
            if not come and grace == BROKEN_GRACE:
                # The iterable blocks, or goes on for ever: nobody will say how many there are.
                self._pool = None
                try:
                    # No call, after which a handler might come before the error is raised: the next call would say that this
                    # is the end, and results be missing.
                    del self._last_word[0]
                except IndexError:
                    raise StopIteration from None
                raise broken
        if not come:
            import multiprocessing

            raise multiprocessing.TimeoutError


class IMapUnorderedIterator(IMapIterator[T]):
    """Results one by one, in the order in which they come."""

    ordered = False
