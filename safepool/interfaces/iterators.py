"""What ``imap`` and ``imap_unordered`` return: results one by one, while their calls are still being made."""

import bisect
import collections
import threading
import time
from concurrent.futures import CancelledError
from typing import Any, Deque, Dict, Generic, List, Optional, Tuple, TypeVar

from ..describe import describe_call
from ..errors import RemoteTraceback
from ..protocol.words import RUN, VALUE
from .decode import decode

T = TypeVar("T")


def _weight(entry: Any) -> int:
    """The bytes of a pickled result."""
    return len(entry[1]) + (sum(map(len, entry[2])) if len(entry) > 2 else 0)


class IMapIterator(Generic[T]):
    """Results one by one, in order; a chunk's items too."""

    remote_traceback = RemoteTraceback
    waited_for_at_once = False
    ordered = True

    def __init__(self, pool: Any, fn: Any, star: bool = False, keep_errors: bool = False) -> None:
        self._pool = pool
        self._engine = pool._engine
        self._fn = fn
        self._star = star
        self._keep_errors = keep_errors
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._waiting = 0  # threads in next()
        self._ready: Deque[Tuple[int, Any]] = collections.deque()
        self._early: Dict[int, Any] = {}
        self._next = 0  # the item that next() returns
        self._length: Optional[int] = None  # how many there are, once the iterable has ended
        self._taken = 0  # how many next() has returned
        self._calls: Dict[int, Any] = {}  # first item of what travels together -> the items, until all are settled
        self._firsts: List[int] = []  # the keys of that, in order, and of some that are gone
        self._open_items: Dict[int, int] = {}  # first item -> how many are not settled, once one is
        self._delivered = 0
        self._bytes = 0  # of results that nobody has asked for

    def _travels(self, first: int, items: List[Any]) -> None:
        """These items travel together; more may join until the first of them is settled."""
        with self._lock:
            self._calls[first] = items
            self._firsts.append(first)

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        item = self._item(index)
        if item is None:
            return getattr(self._fn, "__qualname__", "<call>"), index
        return describe_call(self._fn, item[0] if self._star else item), index

    def _item(self, index: int) -> Optional[Tuple[Any]]:
        with self._lock:
            first = self._first(index)
            items = self._calls.get(first, ())
            return (items[index - first],) if index - first < len(items) else None

    def _first(self, index: int) -> int:
        """The first of the items that item ``index`` travels with; -1 if they are settled and forgotten."""
        place = bisect.bisect_right(self._firsts, index) - 1
        return self._firsts[place] if place >= 0 else -1

    def settle_item(self, index: int, entry: Any) -> None:
        self.settle_items([(index, entry)])

    def settle_cancelled(self, index: int, count: int) -> None:
        error = CancelledError("the pool was shut down before the task began")
        self.settle_items([(i, error) for i in range(index, index + count)])

    def settle_items(self, entries: List[Tuple[int, Any]]) -> None:
        new: List[Tuple[int, Any]] = []
        with self._lock:
            for index, entry in entries:
                count = 1
                if type(entry) is tuple:
                    if entry[0] == RUN:
                        count = len(entry[1])
                        new += enumerate(entry[1], index)
                        self._settle(index, count)
                        continue
                    if entry[0] == VALUE:
                        self._bytes += _weight(entry)
                new.append((index, entry))
                self._settle(index, 1)
            if self.ordered:
                early, ready = self._early, self._ready
                following = self._next + len(ready)
                for one in new:
                    if one[0] == following:
                        ready.append(one)
                        following += 1
                    else:
                        early[one[0]] = one
                while following in early:
                    ready.append(early.pop(following))
                    following += 1
            else:
                self._ready.extend(new)
            if self._waiting and self._ready:
                self._condition.notify_all()
            self._delivered += len(new)
        feeder = self._feeder
        if feeder is not None:
            feeder.delivered(self._delivered)

    def _settle(self, index: int, count: int) -> None:
        """So many items are settled; drop the arguments of what travelled together when all of it are."""
        first = self._first(index)
        items = self._calls.get(first)
        if items is None or index - first >= len(items):
            return  # not one of them: the iterable's own error comes after its last item
        left = self._open_items.get(first, len(items)) - count
        if left > 0:
            self._open_items[first] = left
            return
        self._open_items.pop(first, None)
        del self._calls[first]
        if len(self._firsts) > 2 * len(self._calls) + 64:
            self._firsts = list(self._calls)

    def others_left(self) -> int:
        return int(self._engine.unfinished)

    def refill_part(self, part: Any) -> None:
        from .tasks import refill

        items = [self._item(part.index + i) for i in range(part.count)]
        refill(self._engine, part, self._fn, [item[0] for item in items if item is not None], self._star)

    def end_at(self, length: int) -> None:
        with self._condition:
            self._length = length
            self._condition.notify_all()

    def __iter__(self) -> "IMapIterator[T]":
        return self

    def next(self, timeout: Optional[float] = None) -> T:
        """The next result. Raises what its call raised; multiprocessing.TimeoutError after ``timeout`` seconds."""
        deadline = None
        with self._lock:
            while not self._ready:
                if self._length is not None and self._taken >= self._length:
                    self._pool = None
                    raise StopIteration
                if self._engine.foreign:
                    raise self._engine.foreign_error()
                left = None
                if timeout is not None:
                    now = time.monotonic()
                    deadline = now + timeout if deadline is None else deadline
                    left = deadline - now
                    if left <= 0:
                        import multiprocessing

                        raise multiprocessing.TimeoutError
                self._waiting += 1
                try:
                    self._condition.wait(left)
                finally:
                    self._waiting -= 1
            index, entry = self._ready.popleft()
            self._next += 1
            self._taken += 1
        feeder = self._feeder
        if feeder is not None:
            feeder.consumed()
        if type(entry) is tuple:
            if entry[0] == VALUE:
                self._bytes -= _weight(entry)
            good, entry = decode(self, index, entry)
            if not good and not self._keep_errors:
                raise entry
        elif isinstance(entry, BaseException) and not self._keep_errors:
            raise entry
        value: T = entry
        return value

    __next__ = next  # noqa: A003 - the name is the standard pool's
    _feeder: Any = None


class IMapUnorderedIterator(IMapIterator[T]):
    """Results one by one, in the order in which they come."""

    ordered = False
