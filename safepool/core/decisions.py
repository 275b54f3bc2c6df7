"""The decisions of a pool: how many workers it wants, what is queued, and what a death did. No I/O, no clock, no threads.

Events come in as method calls, actions go out as return values; whoever calls holds the engine's lock. The words for what
things are, and the moves between them, are in ``states``, the dealing out in ``scheduling``.

A task is a run of one or more *items* (a chunk of ``map`` has several) and the items are what succeeds or fails.
A worker numbers the items that it is given 0, 1, 2 ...; these numbers are what it notes in shared memory, so the
parent can tell for each item whether it had finished, was in hand, or had not started when the worker died.
"""

import itertools
from typing import Any, Callable, List, Optional, Tuple

from ..protocol.words import IDLE as STAGE_IDLE
from ..protocol.words import READING as STAGE_READING
from .scheduling import LIGHT_BYTES, Dealing, weight
from .states import (
    BROKEN,
    BUSY,
    CANCELLED,
    CLOSING,
    DEAD,
    DETACHED,
    FAILED,
    IDLE,
    OPEN,
    POOL_MOVES,
    QUEUED,
    SCHEDULER,
    STARTING,
    STOPPING,
    Casualties,
    IllegalTransition,
    Task,
    Worker,
)  # fmt: skip

#: How many workers may die while they receive a task before the task is held to be the reason.
MAX_DELIVERIES = 3
#: Workers that die one after the other before they could work: so many exits, or so many deaths by a signal.
MAX_START_EXITS = 3
MIN_START_KILLS = 6
#: How many times as many deaths by a signal a pool bears whose workers have worked before: what they start with is sound then,
#: and it is somebody else who kills them.
PROVEN = 5
#: Workers that die one after the other when they were given a task, but had not begun it, nor ever finished one. So many exits,
#: or deaths by a signal. It is no fault of the task, which somebody else is given; but with all of them it cannot be chance.
MAX_VAIN_EXITS = 20
MAX_VAIN_KILLS = 100


Settle = Callable[[Task, int], None]


def nobody(*_settled: Any) -> None:
    """Is told of what is settled, where the caller does that himself."""


class Core(Dealing):
    """``size`` workers, made at once if ``eager``, else on demand; each for ``max_tasks``; on so many ``processors``."""

    def __init__(self, size: int, *, eager: bool = True, max_tasks: Optional[int] = None, processors: int = 2) -> None:
        super().__init__(max(2, processors), max_tasks)
        self.size = size
        self.eager = eager
        self.state = OPEN
        self.producers = 0  # calls that still make tasks
        self.start_exits = 0
        self.start_kills = 0
        self.vain_exits = 0
        self.vain_kills = 0
        self.proven = False  # has a worker ever been ready?
        self.launching = True  # False: no replacements can be had
        self._numbers = itertools.count()

    # ---- the pool

    def move(self, state: str) -> None:
        if (self.state, state) not in POOL_MOVES:
            raise IllegalTransition(f"the pool is {self.state} and cannot become {state}")
        self.state = state

    def close(self) -> None:
        """No more tasks from callers; those that are there will be done."""
        if self.state == OPEN:
            self.move(CLOSING)

    @property
    def drained(self) -> bool:
        return self.state != OPEN and not self.tasks and not self.producers

    def give_up_all(self, tell: Callable[[Task], None]) -> None:
        """``tell`` of every task that is not done, even where nobody would find it any more: nobody may wait for ever.

        Each is forgotten when that is done: who is interrupted tells of the others the next time.
        """
        left = list(self.tasks)
        for task in left:
            task.shut()
        for task in left:
            tell(task)
            self.tasks.discard(task)
        self.deferred.clear()

    def fail_all(self, settle: Settle = nobody) -> List[Tuple[Task, int]]:
        """The pool is broken: every task that is left, as (task, item); the core holds none any more.

        ``settle`` is called with each, before the core forgets it: a frame that is torn in between loses nobody.
        """
        if self.state in (OPEN, CLOSING):
            self.move(BROKEN)
        tasks = [task for task in self.queue if task.state is QUEUED]
        self.queue.clear()
        self.deferred.clear()
        self.queued_bytes = 0
        for worker in self.workers.values():
            tasks += worker.held
            worker.held.clear()
            worker.items = 0
            worker.next = worker.sent
        found = []
        for task in tasks:
            task.shut()
            task.move(FAILED)
            items = [(task, i) for i in range(task.done, task.count)]
            for one in items:
                settle(*one)
            self.tasks.discard(task)
            found += items
        return found

    # ---- tasks

    def add(self, task: Task) -> None:
        """A task to do. Raises IllegalTransition unless the pool is open or closing: what was asked for before is done."""
        if self.state is not OPEN and self.state is not CLOSING:
            raise IllegalTransition(f"the pool is {self.state} and takes no task")
        if task.state is not DETACHED:
            raise IllegalTransition(f"{task!r} was added twice")
        task.state = QUEUED
        self.tasks.add(task)
        self.queue.append(task)
        if task.deferred:
            self.deferred.append(task)
        elif task.size > LIGHT_BYTES:
            self.queued_bytes += task.size

    def attach(self, task: Task) -> None:
        """A detached rest of a chunk, or a task that was put aside, has its payload and goes to the front of the queue."""
        task.move(QUEUED)
        task.deferred = False
        self.queue.appendleft(task)
        self.queued_bytes += weight(task)

    def put_aside(self, task: Task) -> None:
        """The pickling of a deferred task is held up, perhaps by what waits behind it: that goes first."""
        if task.state is QUEUED and task.deferred:
            task.move(DETACHED)
            self.queue.remove(task)
            self._pass_over()

    def unprepared(self, task: Task, settle: Settle = nobody) -> None:
        """The payload of a deferred task cannot be made: the caller fails it, unless its owner has taken it back."""
        if task.state is QUEUED and task.deferred:
            if task.claim.setdefault(0, SCHEDULER) is SCHEDULER:
                self.drop(task, settle)
            else:
                self.cancelled(task)
        self._pass_over()

    def drop(self, task: Task, settle: Settle = nobody) -> List[Tuple[Task, int]]:
        """A task cannot be given a payload: its items, which the caller fails. ``settle``: see :meth:`fail_all`."""
        items = [(task, i) for i in range(task.done, task.count)]
        for one in items:
            settle(*one)
        task.move(FAILED)
        self.tasks.discard(task)
        return items

    def singles(self, task: Task) -> List[Task]:
        """A detached task of several items cannot be given a payload as a whole: tasks of one item each, in its place."""
        parts = [self._part(task, item, 1, task.attempts) for item in range(task.done, task.count)]
        task.move(FAILED)
        self.tasks.discard(task)
        return parts

    @staticmethod
    def in_hand(worker: Worker, seq: int) -> Optional[Tuple[Task, int]]:
        """The task and the item in it that bear this number, if the worker holds them."""
        for task in worker.held:
            if task.seq <= seq < task.seq + task.count:
                return task, seq - task.seq
        return None

    def cancel(self, task: Task) -> bool:
        """Take a task out that has not been given to a worker; False if it has."""
        if task.state not in (QUEUED, DETACHED) or not task.take_back():
            return False
        self.cancelled(task)
        return True

    def cancel_queued(self, tell: Callable[[Task], None] = nobody) -> List[Task]:
        """Take the queued tasks out and return them; all but those for which a worker is being started."""
        tasks = []
        for task in self.queue:
            if task.state is QUEUED:
                if task.taken_back:
                    self.cancelled(task)
                else:
                    tasks.append(task)
        begun = sum(worker.state is STARTING for worker in self.workers.values())
        self.queue.clear()
        self.queue.extend(tasks[:begun])
        self.deferred.clear()
        self.deferred.extend(task for task in self.queue if task.deferred)
        self.queued_bytes = sum(weight(task) for task in self.queue if not task.deferred)
        del tasks[:begun]
        for task in tasks:
            # Its owner may do the same at this moment: then it was taken back, and he is told so, all the same.
            task.take_back()
            task.shut()
            task.move(CANCELLED)
            tell(task)
            self.tasks.discard(task)
            task.payload = None
        return tasks

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
        while self.queue and (self.queue[0].state is not QUEUED or self.queue[0].taken_back):
            self.cancelled(self.queue.popleft())
        waiting = sum(
            1 for task in itertools.islice(self.queue, self.size * 2) if task.state is QUEUED and not task.taken_back
        )
        return max(0, min(self.size - live, waiting - idle))

    def launch(self) -> Worker:
        worker = Worker(next(self._numbers))
        self.workers[worker.id] = worker
        return worker

    def launch_failed(self, worker: Worker) -> None:
        """There never was such a process."""
        worker.move(DEAD)
        del self.workers[worker.id]

    def forget_workers(self) -> None:
        """There are none, after all: the pool's beginning was undone."""
        self.workers.clear()
        self.idle.clear()
        self.active = 0

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
            self.tasks.discard(task)
            again = [i for i in range(task.done, rest) if task.attempts <= retries]
            if again:
                retried = True
                lost = [(t, i) for t, i in lost if t is not task]
                for i in again:
                    detached.append(self._part(task, i, 1, task.attempts))
            if rest < task.count:
                detached.append(self._part(task, rest, task.count - rest, task.attempts - 1))
        if worker.tasks_done or victim is not None or lost or detached:
            self.vain_exits = self.vain_kills = 0
        elif requeue and by_signal:
            self.vain_kills += 1
        elif requeue:
            self.vain_exits += 1
        worker.held.clear()
        worker.items = 0
        self.queue.extendleft(reversed(requeue))
        self.queued_bytes += sum(map(weight, requeue))
        return Casualties(victim, lost, retried, detached, len(requeue))

    @property
    def start_hopeless(self) -> bool:
        """Did so many workers die before they could work that another attempt is pointless?"""
        kills = max(MIN_START_KILLS, 2 * self.size) * (PROVEN if self.proven else 1)
        return self.start_exits >= MAX_START_EXITS or self.start_kills >= kills

    @property
    def all_in_vain(self) -> bool:
        """Does each worker start, and die before it begins a task, so that no task will ever be done?"""
        if self.vain_exits < MAX_VAIN_EXITS and self.vain_kills < MAX_VAIN_KILLS:
            return False
        return not any(worker.tasks_done for worker in self.workers.values())
