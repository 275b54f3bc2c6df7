"""The decisions of a pool: which worker gets which task, and what becomes of it. No I/O, no clock, no threads.

Events come in as method calls, actions go out as return values; whoever calls holds the engine's lock. A
transition that is not in the tables below raises :class:`IllegalTransition`, naming the state.

task:   queued -> assigned -> done | failed; queued -> cancelled; assigned -> queued (its worker died, or it was
        taken back, before it began; or a retry)
worker: starting -> idle <-> busy -> stopping -> dead; any -> dead
pool:   open -> closing -> closed; open | closing -> broken

A task is a run of one or more *items* (a chunk of ``map`` has several) and the items are what succeeds or fails.
A worker numbers the items that it is given 0, 1, 2 ...; these numbers are what it notes in shared memory, so the
parent can tell for each item whether it had finished, was in hand, or had not started when the worker died.
"""

import itertools
from collections import deque
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .codec import RUN, SKIPPED, rest
from .slots import IDLE as STAGE_IDLE
from .slots import READING as STAGE_READING

QUEUED, ASSIGNED, DONE, FAILED, CANCELLED, DETACHED = (
    "queued", "assigned", "done", "failed", "cancelled", "detached",
)  # fmt: skip
STARTING, IDLE, BUSY, STOPPING, DEAD = "starting", "idle", "busy", "stopping", "dead"
OPEN, CLOSING, CLOSED, BROKEN = "open", "closing", "closed", "broken"

_TASK_MOVES = {
    (DETACHED, QUEUED), (QUEUED, ASSIGNED), (QUEUED, CANCELLED), (QUEUED, FAILED), (DETACHED, FAILED),
    (ASSIGNED, DONE), (ASSIGNED, FAILED), (ASSIGNED, QUEUED),
}  # fmt: skip
_WORKER_MOVES = {
    (STARTING, IDLE), (IDLE, BUSY), (BUSY, IDLE), (STARTING, STOPPING), (IDLE, STOPPING), (BUSY, STOPPING),
    (STARTING, DEAD), (IDLE, DEAD), (BUSY, DEAD), (STOPPING, DEAD),
}  # fmt: skip
_POOL_MOVES = {(OPEN, CLOSING), (OPEN, BROKEN), (CLOSING, CLOSED), (CLOSING, BROKEN), (BROKEN, CLOSED)}

#: How much work, in nanoseconds, a batch of small tasks should hold.
BATCH_NS = 1_000_000
MAX_BATCH = 512
#: Tasks shorter than this are sent while the one before them still runs.
PREFETCH_NS = 10_000_000
#: A batch is ended by a task with more bytes than this.
BATCH_BYTES = 1 << 15
#: How many workers may die while they receive a task before the task is held to be the reason.
MAX_DELIVERIES = 3
#: Workers that die one after the other before they could work: so many exits, or so many deaths by a signal.
MAX_START_EXITS = 3
MIN_START_KILLS = 6
#: How many times as many deaths by a signal a pool bears whose workers have worked before: what they start with is sound then,
#: and it is somebody else who kills them.
PROVEN = 5


class IllegalTransition(RuntimeError):
    """A bug of ours: an event came that cannot happen in this state."""


class Task:
    """A call, or a chunk of calls, on its way. ``owner`` (a future, a map ...) is told what becomes of it."""

    __slots__ = ("attempts", "count", "deliveries", "done", "index", "limits", "loose", "owner", "payload", "seq",
                 "size", "state", "worker")  # fmt: skip

    def __init__(self, owner: Any, index: int, count: int, payload: Any, size: int = 0, limits: Any = None) -> None:
        self.owner = owner
        self.index = index
        self.count = count
        self.payload = payload
        self.size = size
        self.limits = limits
        self.loose = False  # single items that travel together: more may join, and they may be taken back one by one
        self.state = DETACHED
        self.worker: Optional[Worker] = None
        self.seq = 0
        self.done = 0
        self.attempts = 0
        self.deliveries = 0

    def __repr__(self) -> str:
        return f"<Task {type(self.owner).__name__} items {self.index}+{self.count}, {self.state}>"

    def move(self, state: str) -> None:
        if (self.state, state) not in _TASK_MOVES:
            raise IllegalTransition(f"{self!r} cannot become {state}")
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


class Core:
    def __init__(self, size: int, *, eager: bool = True, max_tasks: Optional[int] = None) -> None:
        self.size = size
        self.eager = eager
        self.max_tasks = max_tasks
        self.state = OPEN
        self.queue: Deque[Task] = deque()
        self.workers: Dict[int, Worker] = {}
        self.idle: Dict[Worker, None] = {}
        self.active = 0  # workers that are busy, and not suspended
        self.unfinished = 0  # tasks that are queued, assigned or detached
        self.producers = 0  # calls that still make tasks
        self.cost: Optional[float] = None  # nanoseconds per item, smoothed
        self.start_exits = 0
        self.start_kills = 0
        self.proven = False  # has a worker ever been ready?
        self.launching = True  # False: no replacements can be had
        self._numbers = itertools.count()

    # ---- the pool

    def move(self, state: str) -> None:
        if (self.state, state) not in _POOL_MOVES:
            raise IllegalTransition(f"the pool is {self.state} and cannot become {state}")
        self.state = state

    def close(self) -> None:
        """No more tasks from callers; those that are there will be done."""
        if self.state == OPEN:
            self.move(CLOSING)

    @property
    def drained(self) -> bool:
        return self.state != OPEN and not self.unfinished and not self.producers

    def fail_all(self) -> List[Tuple[Task, int]]:
        """The pool is broken: every task that is left, as (task, item); the core holds none any more."""
        if self.state in (OPEN, CLOSING):
            self.move(BROKEN)
        tasks = [task for task in self.queue if task.state is QUEUED]
        self.queue.clear()
        for worker in self.workers.values():
            tasks += worker.held
            worker.held.clear()
            worker.items = 0
            worker.next = worker.sent
        found = []
        for task in tasks:
            task.move(FAILED)
            self.unfinished -= 1
            found += [(task, i) for i in range(task.done, task.count)]
        return found

    # ---- tasks

    def add(self, task: Task, front: bool = False) -> None:
        """A task to do. Raises IllegalTransition unless the pool is open, or closing with producers at work."""
        if self.state is not OPEN and not (self.state is CLOSING and self.producers):
            raise IllegalTransition(f"the pool is {self.state} and takes no task")
        if task.state is not DETACHED:
            raise IllegalTransition(f"{task!r} was added twice")
        task.state = QUEUED
        self.unfinished += 1
        if front:
            self.queue.appendleft(task)
        else:
            self.queue.append(task)

    def grow(self, task: Task, item: Any) -> bool:
        """Let a scalar item travel with a loose task, if that is still queued."""
        if task.state is not QUEUED or self.state is BROKEN:
            return False
        task.payload[4].append(item)
        task.count += 1
        return True

    def attach(self, task: Task) -> None:
        """A detached rest of a chunk has its payload and goes to the front of the queue."""
        task.move(QUEUED)
        self.queue.appendleft(task)

    def drop(self, task: Task) -> List[Tuple[Task, int]]:
        """A detached task cannot be given a payload: its items, which the caller fails."""
        task.move(FAILED)
        self.unfinished -= 1
        return [(task, i) for i in range(task.done, task.count)]

    def cancel(self, task: Task) -> bool:
        """Take a queued task out; False if it is not queued (any more)."""
        if task.state is not QUEUED:
            return False
        task.move(CANCELLED)
        self.unfinished -= 1
        # It stays in the deque, whose middle is out of reach; take() passes over it.
        return True

    def cancel_queued(self) -> List[Task]:
        """Take the queued tasks out and return them; all but those for which a worker is being started."""
        tasks = [task for task in self.queue if task.state is QUEUED]
        begun = sum(worker.state is STARTING for worker in self.workers.values())
        self.queue.clear()
        self.queue.extend(tasks[:begun])
        del tasks[:begun]
        for task in tasks:
            task.move(CANCELLED)
        self.unfinished -= len(tasks)
        return tasks

    # ---- who works on what

    def batch(self) -> int:
        """How many items make a batch: about BATCH_NS of work, one while their cost is unknown."""
        if self.cost is None:
            return 1
        if self.cost * MAX_BATCH <= BATCH_NS:
            return MAX_BATCH
        return max(1, int(BATCH_NS / self.cost))

    def take(self, worker: Worker) -> List[Task]:
        """The tasks to send to this worker now; possibly none. They are recorded as held by it."""
        queue = self.queue
        taken: List[Task] = []
        if not queue or worker.suspended or (worker.state is not IDLE and worker.state is not BUSY):
            return taken
        batch = self.batch()
        room = batch - worker.items
        if worker.items:
            if self.cost is None:
                return taken
            if len(worker.held) == 1 and worker.items * self.cost < PREFETCH_NS:
                # One ahead while tasks are short, so that the worker needs not wait for our round trip.
                room = max(room, 1)
            elif worker.items * 2 > batch:
                return taken
        # No more than a fair share, or the others would have nothing to do.
        tasks = -(-len(queue) // (len(self.idle) or len(self.workers)))
        if self.max_tasks is not None:
            tasks = min(tasks, self.max_tasks - worker.given)
        while queue and room > 0 and tasks > 0:
            task = queue.popleft()
            if task.state is not QUEUED:
                continue
            task.state = ASSIGNED
            task.worker = worker
            task.attempts += 1
            task.seq = worker.sent
            worker.held.append(task)
            count = task.count
            worker.sent += count
            worker.items += count
            room -= count
            tasks -= 1
            taken.append(task)
            if task.size > BATCH_BYTES:
                break
        if taken:
            worker.given += len(taken)
            if worker.state is IDLE:
                worker.state = BUSY
                self.active += 1
                del self.idle[worker]
        return taken

    def delivered(
        self, worker: Worker, seq: int, entries: Sequence[Any], busy_ns: int = 0
    ) -> List[Tuple[Task, int, Any]]:
        """The worker's results from item ``seq`` on, as (task, item, entry).

        Results that are known already (read from the journal before) are passed over. A run (several scalar
        results of one chunk in one entry) counts as its length.
        """
        settled: List[Tuple[Task, int, Any]] = []
        held = worker.held
        expected = worker.next
        total = 0
        for entry in entries:
            count = 1
            if type(entry) is tuple:
                if entry[0] == RUN:
                    values = entry[1]
                    count = len(values)
                    if seq < expected < seq + count:
                        values = values[expected - seq :]
                        count = len(values)
                        entry = (RUN, values)
                        seq = expected
                elif entry[0] == SKIPPED:
                    count = entry[1]
            if seq < expected:
                seq += count
                continue
            if not held or held[0].seq + held[0].done != seq:
                raise IllegalTransition(f"{worker!r} answered item {seq}, which it does not hold")
            task = held[0]
            if task.done + count > task.count:
                raise IllegalTransition(f"{worker!r} answered beyond the end of {task!r}")
            if type(entry) is tuple and entry[0] == SKIPPED:
                # The worker did not start them: they go on as a task of their own.
                settled.append((self._part(task, task.done, count, task.attempts - 1), 0, entry))
            else:
                settled.append((task, task.done, entry))
            task.done += count
            seq += count
            total += count
            if task.done == task.count:
                held.popleft()
                self._done(worker, task)
        if total:
            worker.next = seq
            worker.items -= total
            if busy_ns:
                cost = busy_ns / total
                # Quick to believe that tasks are long, slow to believe that they are short: a batch of long
                # tasks keeps the others waiting.
                known = self.cost
                if known is None or cost > known:
                    self.cost = cost
                else:
                    self.cost = known + (cost - known) / 4
        if not held and worker.state is BUSY:
            self.active -= not worker.suspended
            worker.suspended = False
            worker.state = IDLE
            self.idle[worker] = None
        return settled

    def take_back(self, worker: Worker, seq: int, end: int) -> int:
        """The tasks that begin at item ``seq`` or later, before ``end``, will not be started by this worker.

        They are queued again; returns their number. ``seq`` has to be what :meth:`boundary` says.
        """
        back = []
        later = []
        while worker.held:
            task = worker.held[-1]
            if task.seq < seq:
                if seq < min(end, task.seq + task.count):
                    back.append(self._split(worker, task, seq - task.seq))
                break
            worker.held.pop()
            if task.seq >= end:
                later.append(task)
                continue
            worker.items -= task.count
            worker.given -= 1
            task.attempts -= 1
            task.worker = None
            task.move(QUEUED)
            back.append(task)
        worker.held.extend(reversed(later))
        self.queue.extendleft(back)
        if back and not worker.held:
            # It answers when it comes to the place; who knows when (SIGSTOP).
            worker.suspended = True
            self.active -= 1
        return len(back)

    def _split(self, worker: Worker, task: Task, count: int) -> Task:
        """The items of a loose task from number ``count`` on, as a task of their own."""
        tail = Task(task.owner, task.index + count, task.count - count, rest(task.payload, count), 0, task.limits)
        tail.loose = True
        tail.attempts = task.attempts - 1
        tail.state = QUEUED
        self.unfinished += 1
        worker.items -= tail.count
        task.count = count
        if task.done == count:
            worker.held.remove(task)
            self._done(worker, task)
        return tail

    def _done(self, worker: Worker, task: Task) -> None:
        task.state = DONE
        task.payload = None
        self.unfinished -= 1
        worker.tasks_done += 1

    def boundary(self, worker: Worker, seq: int, started: bool) -> int:
        """The first item that the worker, now at ``seq``, has not started, and where a task begins (a loose one
        begins at each of its items)."""
        for task in worker.held:
            if task.seq > seq or (task.seq == seq and not started):
                return task.seq
            first = max(seq + started, task.seq + task.done)
            if task.loose and first < task.seq + task.count:
                return first
        return worker.sent

    # ---- workers

    def wanted(self) -> int:
        """How many workers to launch now."""
        if not self.launching or self.state not in (OPEN, CLOSING):
            return 0
        live = idle = 0
        for worker in self.workers.values():
            if worker.state is not STOPPING:
                live += 1
                if worker.state is not BUSY:
                    idle += 1
        if self.eager and self.state is OPEN:
            return self.size - live
        while self.queue and self.queue[0].state is not QUEUED:
            self.queue.popleft()  # cancelled
        waiting = sum(1 for task in itertools.islice(self.queue, self.size * 2) if task.state is QUEUED)
        return max(0, min(self.size - live, waiting - idle))

    def launch(self) -> Worker:
        worker = Worker(next(self._numbers))
        self.workers[worker.id] = worker
        return worker

    def launch_failed(self, worker: Worker) -> None:
        """There never was such a process."""
        worker.move(DEAD)
        del self.workers[worker.id]

    def ready(self, worker: Worker) -> None:
        worker.move(IDLE)
        self.idle[worker] = None
        self.start_exits = self.start_kills = 0
        self.proven = True

    def worn_out(self, worker: Worker) -> bool:
        """Has it done all the tasks that a worker may do?"""
        return worker.state is IDLE and self.max_tasks is not None and worker.given >= self.max_tasks

    def stop(self, worker: Worker) -> None:
        """It will end; it gets no more tasks, what it holds it finishes."""
        if worker.state is IDLE:
            del self.idle[worker]
        elif worker.state is BUSY:
            self.active -= not worker.suspended
        worker.move(STOPPING)

    def died(self, worker: Worker, seq: int, stage: int, by_signal: bool = False, may_retry: bool = True) -> Casualties:
        """The worker is dead and all that it sent was delivered. ``seq`` and ``stage`` are its last words.

        ``may_retry``: False if the pool killed it because of its task, which would only happen again.
        """
        was = worker.state
        if was is IDLE:
            del self.idle[worker]
        elif was is BUSY:
            self.active -= not worker.suspended
        worker.move(DEAD)
        del self.workers[worker.id]
        if was is STARTING:
            if by_signal:
                self.start_kills += 1
            else:
                self.start_exits += 1
        victim: Optional[Tuple[Task, int]] = None
        lost: List[Tuple[Task, int]] = []
        detached: List[Task] = []
        requeue: List[Task] = []
        retried = False
        for task in worker.held:
            begun = min(max(seq - task.seq, task.done), task.count)
            lost += [(task, i) for i in range(task.done, begun)]
            rest = begun
            if begun < task.count and task.seq + begun == seq and stage != STAGE_IDLE:
                if stage == STAGE_READING:
                    task.deliveries += 1
                if stage != STAGE_READING or task.deliveries >= MAX_DELIVERIES:
                    victim = (task, begun)
                    rest += 1
            if rest == 0:
                task.attempts -= 1
                task.worker = None
                task.move(QUEUED)
                requeue.append(task)
                continue
            retries = task.limits.retries if task.limits is not None and may_retry else 0
            task.move(FAILED)
            self.unfinished -= 1
            again = [i for i in range(task.done, rest) if task.attempts <= retries]
            if again:
                retried = True
                lost = [(t, i) for t, i in lost if t is not task]
                for i in again:
                    detached.append(self._part(task, i, 1, task.attempts))
            if rest < task.count:
                detached.append(self._part(task, rest, task.count - rest, task.attempts - 1))
        worker.held.clear()
        worker.items = 0
        self.queue.extendleft(reversed(requeue))
        return Casualties(victim, lost, retried, detached, len(requeue))

    def _part(self, task: Task, first: int, count: int, attempts: int) -> Task:
        part = Task(task.owner, task.index + first, count, None, 0, task.limits)
        part.attempts = attempts
        self.unfinished += 1
        return part

    @property
    def start_hopeless(self) -> bool:
        """Did so many workers die before they could work that another attempt is pointless?"""
        kills = max(MIN_START_KILLS, 2 * self.size) * (PROVEN if self.proven else 1)
        return self.start_exits >= MAX_START_EXITS or self.start_kills >= kills
