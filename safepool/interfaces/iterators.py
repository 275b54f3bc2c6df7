"""What ``imap`` and ``imap_unordered`` return: results one by one, while their calls are still being made."""

import _thread
import collections
import threading
from typing import Any, Deque, Dict, Generic, Optional, Tuple, TypeVar

from ..errors import RemoteTraceback
from .decode import Remembered, decode, recall, stop_iteration_error
from .incoming import Incoming, weight
from .waiting import now

T = TypeVar("T")

#: Seconds. A pool that is broken tells what becomes of the items that are on their way, and the feeder, if nothing blocks it,
#: says how many there were. So long that is waited for.
BROKEN_GRACE = 0.5

_popleft = collections.deque.popleft
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

    What is taken (by ``next``, in several threads perhaps) comes from there. In the main thread one step moves a result from
    ``ready`` into ``hand``, where it stays until the last instruction of ``next``: if a handler tears it away, the next call
    finds it there. A handler that calls ``next`` itself gets what is in the hand, so who puts it down finds out, in the same
    step, whether it is still there. Elsewhere no handler comes between.
    """

    remote_traceback = RemoteTraceback
    ordered = True

    def __init__(self, pool: Any, fn: Any, star: bool = False, keep_errors: bool = False) -> None:
        self._pool = pool
        self._engine = pool._engine
        self._keep_errors = keep_errors
        self._incoming = Incoming(pool._engine, fn, star, self.ordered)
        self._ready: Deque[Tuple[int, Any]] = self._incoming.ready
        self._hand: Dict[int, Any] = self._incoming.hand
        self._feeder: Any = None
        self._main = threading.main_thread().ident
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
                value, raises = self._raised(self._incoming, one[0], value)
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
        self._incoming.bytes_out.append(weight(entry))
        return (value, False) if good else self._raised(owner, index, value)

    def _raised(self, owner: Any, index: int, error: BaseException) -> Tuple[Any, bool]:
        if self._keep_errors:
            return error, False
        return (stop_iteration_error(owner, index, error) if isinstance(error, StopIteration) else error), True

    __next__ = next  # noqa: A003 - the name is the standard pool's

    def _wait(self, deadline: Optional[float]) -> None:
        """Until there may be something to take. Raises what ``next`` raises if there is not."""
        engine, ready, incoming = self._engine, self._ready, self._incoming
        if incoming.ended():
            if ready:
                return
            self._pool = None
            raise StopIteration
        engine.check_may_wait()
        left = None if deadline is None else max(0.0, deadline - now())
        broken = engine.broken_error()
        if broken is None:
            come = incoming.bell.wait(
                lambda: ready or incoming.ended() or engine.foreign or engine.broken_error() is not None, left
            )
        else:
            grace = BROKEN_GRACE if left is None else min(left, BROKEN_GRACE)
            come = incoming.bell.wait(lambda: ready or incoming.ended(), grace)
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
