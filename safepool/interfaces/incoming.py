"""The owner of an imap's tasks: what has come, and was not taken yet.

It knows neither the iterator that users hold nor the pool. So the tasks that are on their way and the feeder's thread, which
refer to it, keep neither: who drops both drops the work, be it endless.
"""

import _thread
import bisect
import collections
from concurrent.futures import CancelledError
from threading import main_thread
from typing import Any, Deque, Dict, List, Optional, Sequence, Tuple

from ..contract import EngineContract
from ..describe import describe_call, describe_function
from ..errors import RemoteTraceback
from ..protocol.bell import Bell
from ..protocol.words import RUN, VALUE
from .decode import remember, submission_error
from .waiting import aside

_get_ident = _thread.get_ident


def weight(entry: Any) -> int:
    """The bytes of a pickled result."""
    if entry[0] != VALUE:
        return 0
    return len(entry[1]) + (sum(map(len, entry[2])) if len(entry) > 2 else 0)


class Incoming:
    """Items that travel, and results that wait to be taken; ``ordered``: in the order of the items, those of a chunk too.

    Three sides have a part in it.

    - Who settles items, from any thread, puts them into ``_inbox`` and sees to it that they are sorted. One thread at a time
      sorts: the one that has the lock ``_sorting``, which is never waited for, and never had by the main thread, where a
      signal handler might tear the sorter away; it lets that be done aside. Whoever finds the lock taken goes on: the sorter
      looks at the inbox once more after he has released it. The sorter alone writes ``_early``, ``_expected``, ``_settled``,
      ``_bytes_in`` and ``_marks``, and takes out of ``_groups`` and ``_firsts``.
    - The sorter puts a result into ``values`` and then its number at the end of ``numbers``. Who takes results
      (``IMapIterator.next``, in several threads perhaps) looks at the first number, and takes the result: he who gets it out of
      ``values``, in one step, has it. The number is left to whoever looks next, and finds it without a value. He puts what
      that took off into ``bytes_out``.
    - The feeder's thread alone puts something into ``_groups`` and ``_firsts``, and sets ``length``. It reads how much waits
      to be taken: ``_bytes_in`` less what is in ``bytes_out``, which the feeder empties.
    """

    remote_traceback = RemoteTraceback
    waited_for_at_once = False

    def __init__(self, engine: EngineContract, fn: Any, star: bool = False, ordered: bool = True) -> None:
        self._engine = engine
        self._fn = fn
        self._star = star
        self._ordered = ordered
        self.feeder: Any = None  # until it has ended
        self.bell = Bell()  # where those sleep who want to take something
        self.values: Dict[int, Any] = {}
        self.numbers: Deque[int] = collections.deque()  # of these, and of some that were taken
        self.length: Optional[int] = None  # how many items there are, once the iterable has ended
        self.bytes_out: Deque[int] = collections.deque()  # of results that were taken
        self._inbox: Deque[List[Tuple[int, Any]]] = collections.deque()
        self._sorting = _thread.allocate_lock()
        self._early: Dict[int, Any] = {}
        self._expected = 0  # the item that comes into ``values`` next, if they are ordered
        self._settled = 0  # how many items are settled
        self._groups: Dict[
            int, List[Any]
        ] = {}  # first item of what travels together -> the items, until all are settled
        self._marks: Dict[int, bytearray] = {}  # first item -> which are settled, once one is
        self._firsts: List[int] = []  # the keys of that, in order, and of some that are gone
        self._bytes_in = 0  # of results that were settled
        self.lost: Optional[BaseException] = None  # why what is still to come will not come
        self._bytes_gone = 0  # the sum of what the feeder has taken out of ``bytes_out``
        self._main = main_thread().ident

    # ---- for the iterator

    def ended(self) -> bool:
        """Is nothing to come any more?"""
        length = self.length
        return length is not None and self._settled >= length

    # ---- for the feeder

    def travels(self, first: int, items: List[Any]) -> None:
        """These items travel together; more may join until the first of them is settled."""
        self._groups[first] = items
        self._firsts.append(first)

    def end_at(self, length: int) -> None:
        """The iterable has ended: so many items are all."""
        self.length = length
        self.bell.ring()

    def lose(self, error: BaseException) -> None:
        """Something failed that must not, for want of memory most likely: what has come can be taken, and then there is this."""
        self.lost = self.lost or error
        self.bell.ring()

    def pool_ended(self) -> None:
        """The pool was closed, or is broken: whoever waits shall look whether anything is to come."""
        self.bell.ring()

    def untaken(self) -> int:
        """How many results wait to be taken."""
        return len(self.values) + len(self._early)

    def untaken_bytes(self, enough: int) -> int:
        """How many bytes of results wait to be taken; less than ``enough`` is not counted exactly."""
        out = self.bytes_out
        while out:
            self._bytes_gone += out.popleft()
        known = self._bytes_in - self._bytes_gone
        if known >= enough:
            # What a handler tore away was perhaps taken and not put down. Before the feeder waits for that, count.
            waiting = [*self.values.copy().values(), *self._early.copy().values()]
            known = sum(weight(value[0]) for value in waiting if type(value) is tuple)
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
            except BaseException as error:
                # Half-way: what was marked as settled and is nowhere will not come.
                self.lose(error.with_traceback(None))
                raise
            finally:
                self._sorting.release()
        return True

    def _sort_batch(self, entries: List[Tuple[int, Any]]) -> None:
        early = self._early if self._ordered else None
        count = 0
        for index, entry in entries:
            value = entry
            if type(entry) is tuple:
                if entry[0] == RUN:
                    run = entry[1]
                    if self._mark(index, len(run)):
                        count += self._put(index, run)
                    else:
                        for i, value in enumerate(run, index):
                            if self._mark(i, 1):
                                count += self._put(i, (value,))
                    continue
                # What needs decoding goes on with what is to be known of its call, which is let go.
                item = self._item(index)
                value = (entry, None if item is None else remember(self._fn, item[0] if self._star else item))
            if not self._mark(index, 1):
                continue
            if value is not entry:
                self._bytes_in += weight(entry)
            if early is None:
                # As ``_put``, for what mostly comes.
                self.values[index] = value
                self.numbers.append(index)
                count += 1
            else:
                count += self._put(index, (value,))
        if early:
            following = self._expected
            while following in early:
                self.values[following] = early.pop(following)
                self.numbers.append(following)
                following += 1
            self._expected = following
        self._settled += count  # when they can be taken: who finds nothing takes it for the end, if that were all
        if self.numbers:
            self.bell.ring()
        feeder = self.feeder
        if feeder is not None:
            feeder.delivered(self._settled)

    def _put(self, index: int, values: Sequence[Any]) -> int:
        """Have these taken, if it is their turn, and say how many they are."""
        count = len(values)
        if self._ordered:
            if index != self._expected:
                self._early.update(enumerate(values, index))
                return count
            self._expected += count
        self.values.update(enumerate(values, index))
        self.numbers.extend(range(index, index + count))
        return count

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
