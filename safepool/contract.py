"""What an engine promises to the interfaces, and what an owner of tasks does for an engine: two protocols, and nothing else.

Whatever keeps these two promises works with the rest: another engine under the same interfaces, another kind of result over the
same engine.
"""

from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Optional, Protocol, Sequence, Tuple

if TYPE_CHECKING:
    from .core.states import Task


class Owner(Protocol):
    """Who is told what becomes of the items of a task: a future, the result of a map, an iterator.

    The engine calls these from any thread, for different items at once, and under no lock. They never wait, for a lock or for
    anything else, and run no users' code (but for ``refill_part``). ``index`` is the position of the item in the owner's
    call; ``entry`` is what the worker answered (``protocol.words``), or an exception.

    The first outcome of an item stays. An outcome may be told again, the same or another: if a signal handler tears away the
    thread that tells it, the engine tells it again in its own thread, and what the first call did not come to is done then.
    So an engine that is not sure whether an owner knows tells him.

    An owner takes a task back by :meth:`EngineContract.cancel`, which asks ``Task.take_back``. It may be torn away after that
    and before it has told those who wait, so when the engine comes to a task that was taken back it calls
    ``settle_cancelled`` for it, too.
    """

    #: Wraps the text of a worker's traceback as the ``__cause__`` of what a task raised.
    remote_traceback: Any
    #: May a caller be expected, by habit, to wait for each of its tasks at once? (``engine/fast_path.py``)
    waited_for_at_once: bool

    #: Tells several items at once, as (index, entry) one after the other; None for an owner that is told of each.
    settle_items: Any

    def settle_item(self, index: int, entry: Any) -> None:
        """The item is done, or never will be. What is settled already stays as it is.

        An owner of many items may have ``settle_items`` as well, which takes a list of (index, entry).
        """

    def settle_cancelled(self, index: int, count: int) -> None:
        """So many items from ``index`` on were taken back before they began: by their owner, or since the pool was shut down."""

    def describe_item(self, index: int) -> Tuple[Optional[str], Optional[int]]:
        """The call in words, and its position among several (None: it is the only one). For errors; runs no users' code."""

    def others_left(self) -> int:
        """How many other tasks a death does not affect, for its message."""

    def refill_part(self, part: "Task") -> None:
        """Give a payload to one of its tasks that was queued without one (``Task.deferred``), or again to the rest of one.

        Runs users' code: raises what pickling raises, if that is an Exception; what is not (SystemExit) it raises as one
        that is.
        """


class EngineContract(Protocol):
    """What the interfaces may ask, from any thread."""

    #: The pool's name, for threads and messages.
    name: str
    #: How many workers the pool is to have, and how many tasks each of them runs at most (None: no limit).
    size: int
    max_tasks: Optional[int]

    @property
    def foreign(self) -> bool:
        """Is this process a fork of the pool's own? Then nothing here has a worker."""

    @property
    def state(self) -> str:
        """ "open", "closing", "closed" or "broken"."""

    @property
    def unfinished(self) -> int:
        """How many tasks are not done."""

    @property
    def deaths(self) -> Iterable[Any]:
        """The newest deaths, oldest first."""

    def pickled(self, function: Any) -> Optional[bytes]:
        """The pickle of a function that is found by its name; None for any other callable. May raise what pickling raises."""

    def batch(self) -> int:
        """How many small items should travel together."""

    def much_is_queued(self) -> bool:
        """Is so much queued that a call should be submitted as a task without payload (``Task.deferred``)?

        Its owner is asked to pickle it when it is nearly due.
        """

    def submit(self, task: "Task", will_wait: bool = False) -> None:
        """Take a task. ``will_wait``: the caller calls :meth:`lead` for it at once. Raises what :meth:`refusal` gives."""

    def submit_many(self, tasks: "List[Task]") -> int:
        """As :meth:`submit`, for several at once; how many were taken: all."""

    def cancel(self, task: "Task") -> bool:
        """Take a task back; False if it has begun, or may have.

        Called from anywhere, a signal handler included that interrupted the frame that has the engine: ``Task.take_back``
        gives the answer, at once, and the engine's books follow.
        """

    def cancel_owners(self, owners: Sequence[Owner]) -> None:
        """Take back what has not begun of these; nobody asks for their results any more."""

    def lead(self, task: "Task") -> None:
        """The caller waits for this task: let it read the answer itself, if that comes soon."""

    def unlead(self, task: "Task") -> None:
        """The caller waits for this task in another way."""

    def add_feeder(self, feeder: Any) -> None:
        """A call goes on making tasks until :meth:`remove_feeder`.

        ``feeder.pool_closed()`` is called when the pool is closed, or breaks: its iterable may block for ever; :meth:`look_after`
        is included.

        Raises what :meth:`refusal` gives.
        """

    def look_after(self, one: Any) -> None:
        """Call ``one.look()`` once in a while, in the engine's thread: something has threads, which may have come to nothing."""

    def remove_feeder(self, feeder: Any) -> None:
        """It has made its last task. May be said more than once."""

    def call_back_here(self, function: Callable[..., Any], *args: Any) -> None:
        """Call a user's function in this thread, which is there for it; what it raises is logged."""

    def call_back(self, function: Callable[..., Any], *args: Any) -> None:
        """Call it in the thread that is there for users' functions; what it raises is logged."""

    def close(self, cancel: bool = False) -> None:
        """No more tasks from callers. ``cancel``: those that have not begun are cancelled."""

    def terminate(self, text: str = ..., sig: int = ...) -> None:
        """End everything now; what is not done fails with PoolBroken, which says ``text``. Does not wait."""

    def abandon(self, how: str) -> None:
        """The last reference to the pool is gone: "close" or "terminate". Called by the garbage collector."""

    def join(self, timeout: Optional[float] = None) -> bool:
        """Wait until everything has ended, ``timeout`` seconds at most; has it?"""

    def refusal(self) -> BaseException:
        """The error for a task that comes too late."""

    def broken_error(self) -> Optional[BaseException]:
        """A fresh error that says why the pool is broken; None if it is not."""

    def check_may_wait(self) -> None:
        """Raises RuntimeError where waiting for a result could never end: in a fork of the pool's process, and in a signal
        handler or destructor that interrupted the thread which has the engine."""

    def workers(self) -> List[Any]:
        """The worker processes now, as WorkerInfo."""
