"""What the parts of the engine share: its state, and how one part asks another to act."""

import itertools
import logging
import os
import threading
import weakref
from collections import deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Tuple, Union

from .. import postmortem
from ..core.decisions import Core
from ..core.states import Task, Worker
from ..errors import PoolBroken, WorkerDied
from ..protocol import codec, wire
from ..protocol.slots import Slot
from ..protocol.spin import Spin
from . import poller
from .callbacks import Helper
from .launcher import Launcher

logger = logging.getLogger("safepool")

_pool_numbers = itertools.count(1)


class Parcel:
    """A unit with buffers that follow the envelope."""

    __slots__ = ("packed", "unit")

    def __init__(self, unit: Any, packed: codec.Packed) -> None:
        self.unit = unit
        self.packed = packed


class Io:
    """The engine's side of a worker process."""

    def __init__(self, slot: Slot, task_fd: int, result_fd: int) -> None:
        self.slot = slot
        self.task_fd = task_fd
        self.result_fd = result_fd
        self.parser = wire.Parser(slot.answers)
        self.out: List[memoryview] = []
        self.large = False
        self.in_arena: List[Task] = []  # the tasks that were last put into the arena
        self.taken = 0  # how many answers were taken out of theirs
        self.pid: Optional[int] = None
        self.orphan = False  # its template is gone
        self.pidfd: Optional[int] = None
        self.cgroup: Optional[str] = None
        self.stop_at: Optional[float] = None  # when to escalate
        self.killed: Optional[Tuple[Any, ...]] = None  # why we killed it
        self.leader: Optional[Task] = None  # whose caller reads our results instead of the engine
        self.led = 0.0  # since when
        self.leading = False  # is a thread in the spin's wait? Only one may be (``select.poll`` refuses a second)
        self.revoked = (0, 0)  # the items that were last taken back: from, to (exclusive)
        self.spin: Optional[Spin] = None  # how a caller that leads waits
        self.suspended_at: Optional[float] = None
        self.pending_signal: Optional[int] = None
        self.look_at = float("inf")  # when the watch looks at it next
        self.pace = 0.0  # between two looks, while it moves on
        self.seen = -1  # the word at the last look
        self.seen_at = 0.0
        self.read_at = 0.0
        self.revoking = 0.0  # since when we wait to decide
        self.peak = 0
        self.start_error: Optional[Tuple[str, str]] = None


class WorkerInfo(NamedTuple):
    """A public view of a worker: ``state`` ("starting", "idle", "busy", "stopping"), the ``task`` in hand as text
    (or None), how many tasks it has done, and its resident ``memory`` in bytes (None where it cannot be told)."""

    pid: Optional[int]
    state: str
    task: Optional[str]
    tasks_done: int
    memory: Optional[int]


WorkerInfo.__module__ = "safepool"  # where users find it; in the body, type checkers would take it for a field


class EngineBase:
    """The state. ``lock`` guards all of it but ``helper`` and ``finished``."""

    def __init__(
        self,
        *,
        size: int,
        eager: bool,
        max_tasks: Optional[int] = None,
        on_death: Optional[Callable[[WorkerDied], Any]] = None,
        kind: str = "pool",
    ) -> None:
        self.name = f"safepool-{next(_pool_numbers)}"
        self.kind = kind
        self.size = size
        self.max_tasks = max_tasks
        self.pid = os.getpid()
        self.foreign = False
        self.lock = threading.Lock()
        self.core = Core(size, eager=eager, max_tasks=max_tasks, processors=os.cpu_count() or 1)
        self.helper = Helper(self.name + "-callbacks")
        # Handlers may block, and the caller may hold logging's lock: no thread that matters writes to a log.
        self.log_helper = Helper(self.name + "-log")
        self.pickled = codec.Functions().get
        self.deaths: Deque[WorkerDied] = deque(maxlen=1000)
        self.on_death = on_death
        self.cause: Optional[PoolBroken] = None  # of a broken pool
        self.oom = postmortem.OomWatch()
        self.finished = threading.Event()
        self._expected: Optional[Task] = None  # a caller is expected to lead for it, by habit
        self._lead_hint = 0  # how many times in a row a caller did
        self._settled: List[Tuple[Any, int, Any]] = []
        self._errands: List[Callable[[], Any]] = []
        self._targets: Dict[int, Tuple[str, Any]] = {}
        self._next_tick = float("inf")
        self._sleep_until = 0.0
        self._looked_for_stuck = 0.0
        self._answers = self._answers_seen = 0  # messages with results: in all, and at the last tick
        self._kill_at: Optional[float] = None
        self._terminating = False
        self._abandoned: Optional[str] = None
        self._torn_by: Optional[BaseException] = None
        self._torn_task: Optional[Task] = None
        self._launch_after = 0.0
        self._launch_put_off = False  # until then: a note that the tick obeys, whatever has changed meanwhile
        self._launch_failing: Optional[float] = None
        self._launch_error: Optional[OSError] = None
        self._template_deaths = 0
        self._old_templates: List[int] = []
        self._slots_total = 2 * size + 2
        self._free_slots = list(range(self._slots_total))
        self._closed = False
        self.feeders: weakref.WeakSet[Any] = weakref.WeakSet()
        self._fds: List[int] = []
        self.launcher: Launcher
        self.region: Any = None
        self.thread: Optional[threading.Thread] = None
        self._wake_r = self._wake_w = -1
        self.poller: Union[poller.EpollPoller, poller.PollPoller]

    def log(self, level: int, text: str, *args: Any, exc_info: Any = None) -> None:
        self.log_helper.call(lambda: logger.log(level, text, *args, exc_info=exc_info))

    def wake(self) -> None:
        try:
            os.write(self._wake_w, b"x")
        except (BlockingIOError, OSError):
            pass

    def _torn(self, error: BaseException, task: Optional[Task] = None) -> None:
        """An exception (of a signal: Ctrl-C) hit a caller's thread in the middle of a change of the core or of a message.

        What the core knows may be half of it, so the pool is broken: nobody waits for what was lost with it.
        """
        self._torn_by, self._torn_task = error, task  # the task may be in no list any more, and not settled
        self.wake()

    def _soon(self, when: float) -> None:
        """See to it that :meth:`_tick` runs at ``when``."""
        if when < self._next_tick:
            self._next_tick = when
            if when < self._sleep_until and threading.current_thread() is not self.thread:
                self.wake()

    def _look(self, worker: Worker, when: float) -> None:
        """See to it that the watch looks at this worker at ``when``."""
        if when < worker.io.look_at:
            worker.io.look_at = when
            self._soon(when)

    @property
    def state(self) -> str:
        return self.core.state

    @property
    def unfinished(self) -> int:
        return self.core.unfinished

    def batch(self) -> int:
        return self.core.batch()

    def broken_error(self) -> Optional[BaseException]:
        """A fresh exception each time: many callers raise it, each adding its own traceback. None if the pool is not broken."""
        cause = self.cause
        if cause is None:
            return None
        error = PoolBroken(*cause.args, **cause.__dict__)
        error.__cause__ = cause.__cause__
        return error

    def _fail(self) -> BaseException:
        """The error for what is not done: :meth:`broken_error`, or one that knows no reason."""
        return self.broken_error() or PoolBroken("the pool is broken", reason="unknown")

    def foreign_error(self) -> BaseException:
        return RuntimeError(
            f"this pool belongs to process {self.pid}; process {os.getpid()} is a fork of it and has no workers. "
            "Make a pool of its own here."
        )

    def call_back(self, function: Callable[..., Any], *args: Any) -> None:
        self.helper.call((lambda: function(*args)) if args else function)

    @staticmethod
    def call_back_here(function: Callable[..., Any], *args: Any) -> None:
        Helper.guard(function, *args)

    def _in_hand(self, worker: Worker, seq: int) -> Optional[Tuple[Task, int]]:
        for task in worker.held:
            if task.seq <= seq < task.seq + task.count:
                return task, seq - task.seq
        return None

    # ---- what the parts ask of each other; each is defined in the part that it is the job of

    def _dispatch(self, force: bool = False, answered: bool = False) -> None:
        raise NotImplementedError

    def _feed(self, worker: Worker) -> bool:
        raise NotImplementedError

    def _launch_wanted(self) -> None:
        raise NotImplementedError

    def _kill(self, worker: Worker, why: Optional[Tuple[Any, ...]], sig: int = 9) -> None:
        raise NotImplementedError

    def _stop(self, worker: Worker) -> None:
        raise NotImplementedError

    def _bury(self, worker: Worker, status: postmortem.Status) -> None:
        raise NotImplementedError

    def _break(self, text: str, reason: str, cause: Optional[BaseException]) -> None:
        raise NotImplementedError

    def _end_workers(self, sig: int) -> None:
        raise NotImplementedError

    def _deliver(self, settled: List[Tuple[Any, int, Any]]) -> None:
        raise NotImplementedError
