"""Which worker gets which tasks, and which of them are settled by what it answers: a part of the core."""

from collections import deque
from itertools import islice
from typing import Any, Deque, Dict, List, Optional, Sequence, Set, Tuple

from ..protocol.words import RUN, SKIPPED, rest
from .states import ASSIGNED, BUSY, CANCELLED, DETACHED, DONE, IDLE, QUEUED, SCHEDULER, IllegalTransition, Task, Worker

#: How much work, in nanoseconds, a batch of small tasks should hold.
BATCH_NS = 1_000_000
MAX_BATCH = 512
#: A task shorter than this costs less than the message that carries it.
TINY_NS = 30_000
#: Tasks shorter than this are sent while the one before them still runs.
PREFETCH_NS = 10_000_000
#: A batch is ended by a task with more bytes than this.
BATCH_BYTES = 1 << 15
#: While payloads of so many bytes are queued, those of later tasks are not made: their objects, which they may share, are
#: mostly smaller, and are there anyway.
AHEAD_BYTES = 1 << 24
#: They are made again when so many bytes are missing.
REFILL_BYTES = 1 << 20
#: Payloads up to this many bytes do not count: the task itself, and who waits for it, take about as much.
LIGHT_BYTES = 1 << 12


def weight(task: Task) -> int:
    """How many bytes of it count while it is queued."""
    return task.size if task.size > LIGHT_BYTES else 0


class Dealing:
    """What a pool's tasks and workers are to each other. ``crew``: more workers bring nothing while tasks are tiny."""

    def __init__(self, crew: int, max_tasks: Optional[int]) -> None:
        self.crew = crew
        self.max_tasks = max_tasks
        self.queue: Deque[Task] = deque()
        # Those in the queue that have no payload yet, in its order; and some that are done with.
        self.deferred: Deque[Task] = deque()
        self.queued_bytes = 0  # of the payloads of those in the queue that are not light
        self.workers: Dict[int, Worker] = {}
        self.idle: Dict[Worker, None] = {}
        self.active = 0  # workers that are busy, and not suspended
        self.tasks: Set[Task] = set()  # those that are queued, assigned or detached: all that somebody waits for
        self.taken_back: List[Task] = []  # by their owners, who are to be told once more: they may have been torn away
        self.cost: Optional[float] = None  # nanoseconds per item, smoothed

    @property
    def unfinished(self) -> int:
        """How many tasks are not done."""
        return len(self.tasks)

    def batch(self) -> int:
        """How many items make a batch: about BATCH_NS of work, one while their cost is unknown."""
        if self.cost is None:
            return 1
        if self.cost * MAX_BATCH <= BATCH_NS:
            return MAX_BATCH
        return max(1, int(BATCH_NS / self.cost))

    @property
    def _tiny(self) -> bool:
        return self.cost is not None and self.cost < TINY_NS

    def crowded(self) -> bool:
        """Do enough workers run tasks so tiny that a message for each would cost more than it brings?

        Then new ones wait for the next answer, a fraction of a millisecond, and travel in a batch. Should the
        workers turn out to be busy with something longer, the engine's tick deals them out.
        """
        return self._tiny and self.active >= self.crew and len(self.queue) < self.batch() * len(self.idle)

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
        sharers = len(self.idle) or len(self.workers)
        tasks = -(-len(queue) // (min(sharers, self.crew) if self._tiny else sharers))
        if self.max_tasks is not None:
            tasks = min(tasks, self.max_tasks - worker.given)
        while queue and room > 0 and tasks > 0:
            task = queue[0]
            if task.state is not QUEUED:
                queue.popleft()
                continue
            if task.deferred and not task.taken_back:
                break  # what is behind it came later, and waits for it
            if task.claim.setdefault(0, SCHEDULER) is not SCHEDULER:
                self.cancelled(task)
                continue
            if task.door is not None:
                task.shut()
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
            queue.popleft()  # only now: at every moment the task is in the one place or the other
            size = task.size
            if size > LIGHT_BYTES:
                self.queued_bytes -= size
                if size > BATCH_BYTES:
                    break
        if taken:
            worker.given += len(taken)
            if worker.state is IDLE:
                worker.state = BUSY
                self.active += 1
                del self.idle[worker]
        return taken

    def delivered(
        self,
        worker: Worker,
        seq: int,
        entries: Sequence[Any],
        busy_ns: int = 0,
        settled: Optional[Deque[Tuple[Task, int, Any]]] = None,
    ) -> Deque[Tuple[Task, int, Any]]:
        """The worker's results from item ``seq`` on, as (task, item, entry): appended to ``settled``, which is returned.

        Results that are known already (read from the journal before) are passed over. A run (several scalar
        results of one chunk in one entry) counts as its length. Each is in ``settled`` before it counts as done.
        """
        settled = deque() if settled is None else settled
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
            worker.next = self._owed(worker)
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

    @staticmethod
    def _owed(worker: Worker) -> int:
        """The number of the next item whose result it owes: not one of those that were taken back.

        It passes over them, and may not come to say so for long (SIGSTOP); what it does afterwards counts all the same.
        """
        held = worker.held
        return held[0].seq + held[0].done if held else worker.sent

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
        self.queued_bytes += sum(map(weight, back))
        worker.next = self._owed(worker)
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
        self.tasks.add(tail)
        worker.items -= tail.count
        task.count = count
        if task.done == count:
            worker.held.remove(task)
            self._done(worker, task)
        return tail

    def cancelled(self, task: Task) -> None:
        """Its owner has taken it back (:meth:`Task.take_back`): it is not to be done any more. May be said more than once."""
        if task.state is QUEUED or task.state is DETACHED:
            if task.state is QUEUED and not task.deferred:
                self.queued_bytes -= weight(task)
            task.shut()
            task.move(CANCELLED)
            task.payload = None
            self.taken_back.append(task)
            self.tasks.discard(task)
            # It stays in the deque, whose middle is out of reach; take() passes over it.

    # ---- payloads that are made late

    def much_is_queued(self) -> bool:
        """Is so much queued that the payload of one more is not needed soon? Anybody may ask."""
        return self.queued_bytes >= AHEAD_BYTES or bool(self.deferred)

    def nearly_due(self, most: int) -> List[Task]:
        """The next deferred tasks, ``most`` at most, whose payloads should be made now. They stay where they are.

        One that all others wait for is due however much is queued behind it.
        """
        deferred, queue = self.deferred, self.queue
        self._pass_over()
        if deferred and self.queued_bytes > AHEAD_BYTES - REFILL_BYTES:
            while queue and queue[0].state is not QUEUED:
                queue.popleft()
            if not queue or queue[0] is not deferred[0]:
                return []
            most = 1
        return [task for task in islice(deferred, most) if task.deferred and task.state is QUEUED]

    def prepared(self, task: Task) -> None:
        """A deferred task has its payload. May be said more than once."""
        if task.deferred:
            if task.state is QUEUED:
                task.deferred = False
                self.queued_bytes += weight(task)
            else:
                task.payload = None  # it was cancelled, or has failed, while that was made
        self._pass_over()

    def _pass_over(self) -> None:
        """Take those out of the head of ``deferred`` that wait for no payload any more."""
        deferred = self.deferred
        while deferred:
            task = deferred[0]
            if task.taken_back:
                self.cancelled(task)
            if task.deferred and task.state is QUEUED:
                return
            deferred.popleft()

    def _done(self, worker: Worker, task: Task) -> None:
        task.state = DONE
        task.payload = None
        self.tasks.discard(task)
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

    def _part(self, task: Task, first: int, count: int, attempts: int) -> Task:
        part = Task(task.owner, task.index + first, count, None, 0, task.limits)
        part.attempts = attempts
        self.tasks.add(part)
        return part
