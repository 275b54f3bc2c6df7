"""What ``imap`` and ``imap_unordered`` return: results one by one, while their calls are still being made."""

import _thread
from threading import main_thread
from typing import Any, Deque, Dict, Generic, Optional, Tuple, TypeVar

from ..errors import RemoteTraceback
from ..protocol.clock import now
from .decode import Remembered, decode, recall, stop_iteration_error
from .incoming import Incoming, weight

T = TypeVar("T")

#: Seconds. A pool that is broken tells what becomes of the items that are on their way, and the feeder, if nothing blocks it,
#: says how many there were. So long that is waited for.
BROKEN_GRACE = 0.5

_get_ident = _thread.get_ident


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

    It keeps its pool until it has ended. Nobody but the user refers to it: what is on its way belongs to :class:`Incoming`.

    What is taken (by ``next``, in several threads perhaps) comes from there. A result is taken by one step, the last of
    ``next``: if a handler tears the main thread away before that, the next call finds it in its place. A handler that calls
    ``next`` itself takes the same one, and who was about to take it finds out by that step. Other threads, where no handler
    comes between, take what has to be unpickled before they do that.
    """

    remote_traceback = RemoteTraceback
    ordered = True

    def __init__(self, pool: Any, fn: Any, star: bool = False, keep_errors: bool = False) -> None:
        self._pool = pool
        self._engine = pool._engine
        self._keep_errors = keep_errors
        self._incoming = Incoming(pool._engine, fn, star, self.ordered)
        self._values: Dict[int, Any] = self._incoming.values
        self._numbers: Deque[int] = self._incoming.numbers
        self._feeder: Any = None
        self._main = main_thread().ident
        self._last_word = [True]  # taken by the one who says that the pool is broken

    def _feed(self, feeder: Any) -> None:
        """Begin, with this feeder: whoever is told something has to know it before."""
        self._feeder = self._incoming.feeder = feeder
        feeder.start()

    # ---- for users

    def __iter__(self) -> "IMapIterator[T]":
        return self

    def next(self, timeout: Optional[float] = None) -> T:
        """The next result. Raises what its call raised; multiprocessing.TimeoutError after ``timeout`` seconds."""
        deadline = None if timeout is None else now() + timeout
        values, numbers = self._values, self._numbers
        while True:
            try:
                index = numbers[0]
                while index not in values:
                    numbers.remove(index)
                    index = numbers[0]
                value = values[index]
            except IndexError:
                index = -1
            except (KeyError, ValueError):
                continue  # another thread took it, or removed its number
            if index < 0:
                self._wait(deadline)
                continue
            raises = taken = False
            if type(value) is tuple:
                if _get_ident() != self._main:
                    if values.pop(index, None) is None:
                        continue
                    taken = True
                value, raises = self._decode(index, value)
            elif isinstance(value, BaseException):
                value, raises = self._raised(self._incoming, index, value)
            feeder = self._feeder
            if feeder is not None and feeder.waits_for_takers:
                feeder.consumed()  # nearly: what is told after it was taken might be torn away, and the result with it
            if not taken:
                try:
                    del values[index]
                except KeyError:
                    continue
            if raises:
                raise value
            return value  # type: ignore[no-any-return]

    def _decode(self, index: int, value: Tuple[Any, Remembered]) -> Tuple[Any, bool]:
        """(the value or the exception, is that to be raised?) of what was found in ``_values``. Runs users' code."""
        entry, call = value
        owner = _Item(call, self.remote_traceback)
        good, result = decode(owner, index, entry)
        # First its bytes are taken off, then the feeder is told.
        self._incoming.bytes_out.append(weight(entry))
        return (result, False) if good else self._raised(owner, index, result)

    def _raised(self, owner: Any, index: int, error: BaseException) -> Tuple[Any, bool]:
        if self._keep_errors:
            return error, False
        return (stop_iteration_error(owner, index, error) if isinstance(error, StopIteration) else error), True

    __next__ = next  # noqa: A003 - the name is the standard pool's

    def _wait(self, deadline: Optional[float]) -> None:
        """Until there may be something to take. Raises what ``next`` raises if there is not."""
        engine, numbers, incoming = self._engine, self._numbers, self._incoming
        if incoming.lost is not None and not numbers:
            self._pool = None
            raise RuntimeError(f"results of this imap were lost: {incoming.lost!r}") from incoming.lost
        if incoming.ended():
            if numbers:
                return
            self._pool = None
            raise StopIteration
        engine.check_may_wait()
        left = None if deadline is None else max(0.0, deadline - now())
        broken = engine.broken_error()
        if broken is None:
            come = incoming.bell.wait(
                lambda: (
                    numbers or incoming.ended() or incoming.lost or engine.foreign or engine.broken_error() is not None
                ),
                left,
            )
        else:
            grace = BROKEN_GRACE if left is None else min(left, BROKEN_GRACE)
            come = incoming.bell.wait(lambda: numbers or incoming.ended(), grace)
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
