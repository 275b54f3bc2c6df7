"""The words for what tasks, workers and the pool may be, and the moves between them. A move that is not in the tables
raises :class:`IllegalTransition`, naming the state.

task:   queued -> assigned -> done | failed; queued | detached -> cancelled; assigned -> queued (its worker died, or it
        was taken back, before it began; or a retry); queued -> detached (its pickling is held up)
worker: starting -> idle <-> busy -> stopping -> dead; any -> dead
pool:   open -> closing -> closed; open | closing -> broken
"""

import sys
from collections import deque
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Tuple

QUEUED, ASSIGNED, DONE, FAILED, CANCELLED, DETACHED = (
    "queued", "assigned", "done", "failed", "cancelled", "detached",
)  # fmt: skip
STARTING, IDLE, BUSY, STOPPING, DEAD = "starting", "idle", "busy", "stopping", "dead"
OPEN, CLOSING, CLOSED, BROKEN = "open", "closing", "closed", "broken"

_TASK_MOVES = {
    (DETACHED, QUEUED), (QUEUED, DETACHED), (QUEUED, ASSIGNED), (QUEUED, CANCELLED), (DETACHED, CANCELLED), (QUEUED, FAILED),
    (DETACHED, FAILED), (ASSIGNED, DONE), (ASSIGNED, FAILED), (ASSIGNED, QUEUED),
}  # fmt: skip
_WORKER_MOVES = {
    (STARTING, IDLE), (IDLE, BUSY), (BUSY, IDLE), (STARTING, STOPPING), (IDLE, STOPPING), (BUSY, STOPPING),
    (STARTING, DEAD), (IDLE, DEAD), (BUSY, DEAD), (STOPPING, DEAD),
}  # fmt: skip
POOL_MOVES = {(OPEN, CLOSING), (OPEN, BROKEN), (CLOSING, CLOSED), (CLOSING, BROKEN), (BROKEN, CLOSED)}


class IllegalTransition(RuntimeError):
    """A bug of ours: an event came that cannot happen in this state."""


_append = list.append

#: Is a call of C one step for all threads? An interpreter that begins with a GIL keeps it.
GIL: bool = getattr(sys, "_is_gil_enabled", lambda: True)()

#: Who may claim a task: the scheduler, to give it to a worker, or its owner, to take it back.
SCHEDULER, OWNER = "scheduler", "owner"


class Task:
    """A call, or a chunk of calls, on its way. ``owner`` (a future, a map ...) is told what becomes of it.

    All of it belongs to whoever holds the core (the engine's lock), but for the *claim*. An owner takes a task back from any
    thread, at any moment, perhaps from a signal handler that interrupted the very frame that holds the core; he can't wait
    for it, and wants his answer at once. So that is decided between the two of them by one atomic step, ``setdefault``: the
    first who writes his name into ``_claim`` has the task. The state follows when the core comes to it. A task that is
    queued again gets a new claim.
    """

    __slots__ = ("attempts", "claim", "count", "deferred", "deliveries", "done", "door", "index", "limits", "loose", "owner",
                 "payload", "seq", "size", "state", "worker")  # fmt: skip

    def __init__(self, owner: Any, index: int, count: int, payload: Any, size: int = 0, limits: Any = None) -> None:
        self.owner = owner
        self.index = index
        self.count = count
        self.payload = payload
        self.size = size
        self.limits = limits
        self.deferred = False  # its owner has its objects, which are pickled when it is nearly due
        self.loose = False  # single items that travel together, and may be taken back one by one
        self.door: Optional[List[Any]] = (
            None  # where items join a loose one: its list of items; empty: nobody may any more
        )
        self.state = DETACHED
        self.worker: Optional[Worker] = None
        self.seq = 0
        self.done = 0
        self.attempts = 0
        self.deliveries = 0
        self.claim: Dict[int, str] = {}

    def take_back(self) -> bool:
        """The owner wants it back: is it his? From any thread, without the core."""
        return self.claim.setdefault(0, OWNER) is OWNER

    @property
    def taken_back(self) -> bool:
        """Has its owner taken it back?"""
        return self.claim.get(0) is OWNER

    def open(self) -> None:
        """It is loose, and more items may :meth:`join` it until it is shut; none where that would not be one step."""
        self.loose = True
        self.door = [self.payload[4]] if GIL else None

    def join(self, item: Any) -> bool:
        """Let a scalar item travel with this one; False if it was shut. From any thread, without the core.

        In one call of C, which is one step where there is a GIL: the door is not shut between the look and the step. Without one
        it could be, after ``map`` has taken the list out of the door and before it appends; :meth:`shut` would not have counted
        the item, and nobody would ever answer for it. So nothing is ever open there.
        """
        door = self.door
        return door is not None and bool(list(map(_append, door, (item,))))

    def shut(self) -> None:
        """Nobody joins from now on, and ``count`` is how many have; the core says so before it reads that. May be said again."""
        door = self.door
        if door is not None:
            door.clear()
            self.count = len(self.payload[4])
            self.door = None  # last: who is torn away before that does it once more

    def __repr__(self) -> str:
        return f"<Task {type(self.owner).__name__} items {self.index}+{self.count}, {self.state}>"

    def move(self, state: str) -> None:
        if (self.state, state) not in _TASK_MOVES:
            raise IllegalTransition(f"{self!r} cannot become {state}")
        if state is QUEUED and self.state is ASSIGNED:
            self.claim = {}  # not that of a detached one, which its owner may have taken back already
        self.state = state


class Worker:
    """What the core knows of a worker process; ``io`` is the engine's side of it."""

    __slots__ = ("given", "held", "id", "io", "items", "next", "sent", "state", "suspended", "tasks_done")

    def __init__(self, number: int) -> None:
        self.id = number
        self.state = STARTING
        self.held: Deque[Task] = deque()
        self.items = 0  # held and unfinished
        self.sent = 0  # number of the next item to be sent
        self.next = 0  # number of the next item whose result is awaited
        self.given = 0  # tasks, for max_tasks
        self.tasks_done = 0
        self.suspended = False  # it did not begin what it had been given, and gets nothing before it answers
        self.io: Any = None

    def __repr__(self) -> str:
        return f"<Worker {self.id} {self.state}, {self.items} items>"

    def move(self, state: str) -> None:
        if (self.state, state) not in _WORKER_MOVES:
            raise IllegalTransition(f"{self!r} cannot become {state}")
        self.state = state


class Casualties(NamedTuple):
    """What a death did: ``victim`` is the (task, item) in hand, ``lost`` finished without their results being
    known, ``retried`` is whether the victim runs again, ``detached`` tasks need a payload before they go on."""

    victim: Optional[Tuple[Task, int]]
    lost: List[Tuple[Task, int]]
    retried: bool
    detached: List[Task]
    requeued: int

    @property
    def to_be_told(self) -> List[Tuple[Task, int]]:
        """For whom it is the end, as (task, item): the core has let go of these."""
        victim = [] if self.victim is None or self.retried else [self.victim]
        return victim + self.lost
