"""A snapshot, seen by its pools: a program with its workers, and what each of them does. Pure.

What the suite judges of a recorded cell, the rules of ``repro.verdicts.explain`` among it, looks at an ``Observation``; ``scene``
makes one of the snapshot, so that the same rules look at a program that nobody has prepared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from repro.diagnose import asks, births, pools
from repro.diagnose.pools import Role, Stage
from repro.diagnose.snapshot import Lock, Seen, Snapshot
from repro.observation import IDLE_SHARE, Event, Fault, Member, Observation
from repro.tree.processes import STARTED_UNITS
from repro.verdicts import explain, stacks
from repro.verdicts.scene import Scene
from repro.verdicts.stacks import Thread

#: Pools of processes whose results are waited for as those of a pool of threads are (``concurrent.futures``).
FUTURES = frozenset({pools.EXECUTOR, "loky", "pebble", "safepool"})


@dataclass(frozen=True)
class Worker:
    """A worker: its process, of which pool, what it does, and the frames of that, innermost first."""

    seen: Seen
    pool: str
    stage: Stage
    role: Role | None = None

    @property
    def pid(self) -> int:
        return self.seen.pid

    @property
    def role_thread(self) -> Thread | None:
        return self.seen.main if self.role is not None else None

    @property
    def task(self) -> str:
        """What is known of the task in its hands: ``resize('photo-3.jpg')`` as far as values are known, else where it is."""
        return asks.task(self.role.inner) if self.role is not None and self.role.stage is Stage.TASK else ""


@dataclass(frozen=True)
class Owner:
    """A process that has pools: its own workers, the helpers that start them, and what else descends from it.

    strangers: living processes that are neither: children of workers, and outsiders who hold a pipe.
    """

    snapshot: Snapshot
    seen: Seen
    pools: tuple[str, ...]
    workers: list[Worker]
    helpers: dict[int, str] = field(default_factory=dict)
    strangers: list[Seen] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.seen.pid

    @property
    def own_processes(self) -> list[Worker]:
        """Those that the program has started by multiprocessing, and that are in no pool."""
        starters = {self.pid, *self.helpers}
        return [
            Worker(one, "", Stage.TASK)
            for one in self.strangers
            if one.parent in starters and births.in_own_function(one)
        ]

    @property
    def has_stack(self) -> bool:
        return bool(self.seen.threads)

    def at(self, *stages: Stage) -> list[Worker]:
        return [worker for worker in self.workers if worker.stage in stages]

    @property
    def idle(self) -> bool:
        """Whether each living worker waits for a task, and did so between both looks. Where workers come and go, one that is
        missing may have a task: it has just ended in good order, or is about to start. A moment that is over says nothing."""
        living = [worker for worker in self.workers if worker.stage is not Stage.ENDED]
        if not living or not self.all_seen or (self.comings_and_goings and len(living) < self.workers_wanted):
            return False
        if self.pools_change or self.end_moves:
            return False
        return all(self.waits_for_a_task(one) for one in living)

    @property
    def pools_change(self) -> bool:
        """Whether a pool's threads came or went while the program was looked at: the kernel had fewer threads before than had
        their stacks read then, or has none for one of these (its number is 0), as it has for others."""
        numbers = [thread.number for thread in self.seen.threads if pools.service(thread) and not thread.main]
        gone = 0 in numbers and any(thread.number for thread in self.seen.threads)
        return gone or (bool(numbers and self.seen.calls) and len(self.seen.threads) > len(self.seen.calls))

    @property
    def end_moves(self) -> bool:
        """Whether a thread that waits for a pool's end was scheduled between the looks: one that is stuck there never is. Whoever
        waits for a result may look again and again."""
        waits = [self.pid if thread.main else thread.number for thread in self.callers]
        return self.ends and not {*waits}.isdisjoint(self.snapshot.awake)

    @property
    def comings_and_goings(self) -> bool:
        """Whether the program, or a helper of it, has started a process between the looks, or one that it had started ended."""
        seen = self.snapshot
        reaping = any(seen.reaping.get(pid) for pid in (self.pid, *self.helpers))
        return reaping or bool(self.started([*seen.born, *seen.gone]))

    def waits_for_a_task(self, worker: Worker) -> bool:
        """Whether a worker did that between both looks."""
        return worker.stage.idle and not self.ran(worker.pid)

    @property
    def all_seen(self) -> bool:
        """Whether every process was looked into that may be a worker: what all of them do, or nobody does, is known only then."""
        return not self.snapshot.omitted_pythons

    def ran(self, pid: int) -> bool:
        """Whether a thread of a process was scheduled between the looks, or was ready to: on a busy machine it gets no
        processor. Who is gone at the second look did not stand still."""
        cpu, times = self.snapshot.moved.get(pid, (0, 0))
        seen = self.snapshot.seen(pid)
        return (
            cpu > 0
            or times > 0
            or pid in self.snapshot.gone
            or (seen is not None and any(call.state == "R" for call in seen.calls))
        )

    def share(self, pid: int) -> float:
        """How much of one core a process used between the looks."""
        return self.snapshot.moved.get(pid, (0, 0))[0] / 1e9 / max(self.snapshot.window.seconds, 0.01)

    def works(self, pid: int) -> bool:
        return self.share(pid) > IDLE_SHARE

    @cached_property
    def callers(self) -> list[Thread]:
        """The threads of the program that ask a pool for something, the main thread first; its service threads are none, and
        none that asks a pool of threads, or may do so."""
        several = [one for one in self._asking if not self._asks_threads(one) and one not in self.unclear]
        return sorted(several, key=lambda one: not one.main)

    @property
    def _asking(self) -> list[Thread]:
        return [one for one in self.seen.threads if asks.asks(one) and not (pools.service(one) and not one.main)]

    @property
    def unclear(self) -> list[Thread]:
        """Those that wait for a future, while a pool of threads is at work whose futures are the same: whose it is can't be
        seen."""
        busy = any(pools.at_work_in_a_thread(one) and not asks.asks(one) for one in self.seen.threads)
        unknown = busy and not FUTURES.isdisjoint(self.pools) and self.outstanding is None
        return [one for one in self._asking if unknown and not _of_pool(one) and not pools.in_thread_pool(one)]

    def _asks_threads(self, thread: Thread) -> bool:
        """Whether a thread asks a pool of threads, as far as that can be told: there is one with that interface, and none of
        processes."""
        file, others = (
            ("multiprocessing/pool.py", {pools.POOL}) if _of_pool(thread) else ("concurrent/futures/thread.py", FUTURES)
        )
        return others.isdisjoint(self.pools) and any(pools.in_thread_pool(one) == file for one in self.seen.threads)

    @cached_property
    def in_programs_code(self) -> list[str]:
        """A sentence for each thread of a pool that is in code of the program's, a callback or an iterable. One of a pool of
        threads that asks a pool for something, waits for that."""
        found = []
        for thread in self.seen.threads:
            if pools.in_thread_pool(thread) and asks.asks(thread):
                continue
            frame = asks.program_frame(thread.frames) if pools.of_a_pool(thread) else None
            if frame is not None:
                name = thread.name or "a thread"
                what = f"{name}, a thread of the pool, is in code of the program's"
                found.append(explain.until_it_returns(what, frame))
        return found

    @property
    def ends(self) -> bool:
        """Whether the program asks for a pool's end, and nobody for a result."""
        wants = [asked for one in self.callers if (asked := asks.asks(one)) is not None]
        return bool(wants) and all(frame.function in asks.ENDS for frame in wants)

    def value(self, name: str, *functions: str) -> str:
        """A local variable of a service thread's function, as text, of the first pool that has it; "" where it is not known."""
        return next(self._values(name, *functions), "")

    def _values(self, name: str, *functions: str) -> Iterator[str]:
        """The same of each pool."""
        for thread in self.seen.threads:
            for frame in thread.frames:
                if frame.function in functions and name in frame.values:
                    yield frame.values[name]

    @property
    def limited(self) -> bool | None:
        """Whether a worker of a Pool ends after some tasks (``maxtasksperchild``), and another one follows in good order: by the
        threads that start them, from 3.8 on, or by a worker's loop; of several Pools, of any. None where no frame tells."""
        told = [*self._values("maxtasksperchild", "_handle_workers")]
        told += [one.role.loop.values.get("maxtasks", "") for one in self.workers if one.role is not None]
        told = [*filter(None, told)]
        return any(one != "None" for one in told) if told else None

    @property
    def workers_wanted(self) -> int:
        """How many workers the Pools of the program are to have; 0 where no thread of theirs tells."""
        return sum(int(told) for told in self._values("processes", "_handle_workers") if told.isdecimal())

    @property
    def youngest_pool(self) -> float | None:
        """How long the last of the program's Pools has been there, in seconds, at least: by the threads that look after workers;
        by any thread of the program where one of those can't be found in the kernel. None where the kernel tells of none."""
        started = {call.number: call.started for call in self.seen.calls if call.started}
        looks_after = [
            thread.number
            for thread in self.seen.threads
            if any(one.function == "_handle_workers" for one in thread.frames)
        ]
        known = [started[number] for number in looks_after if number in started]
        last = max(known if len(known) == len(looks_after) else started.values(), default=0)
        return self.seen.age - (last - self.seen.started) / STARTED_UNITS if last else None

    @property
    def outstanding(self) -> bool | None:
        """Whether a pool of the program itself has calls that are not answered: Pool's ``cache`` in the frames of its threads,
        the executor's ``pending_work_items`` up to 3.8. None where no frame tells."""
        told = [
            *self._values("cache", "_handle_results", "_handle_tasks", "_handle_workers"),
            *self._values("pending_work_items", "_queue_management_worker"),
        ]
        told = [one for one in told if one.startswith("{")]
        return any(one != "{}" for one in told) if told else None

    @property
    def sending(self) -> bool:
        """Whether a thread of the program is in the middle of sending something."""
        return any(frame.function == "_send" for thread in self.seen.threads for frame in thread.frames[:2])

    def started(self, pids: Iterable[int], below: bool = False) -> list[int]:
        """Those of some processes, which came or went while the tree was looked at, that this program has started, or one of its
        helpers, as workers are: others come and go, too. below: or that a worker has started, or a child of one."""
        starters = {self.pid, *self.helpers}
        if below:
            starters |= {one.pid for one in self.workers} | {one.pid for one in self.strangers}
        return [pid for pid in pids if self.snapshot.parents.get(pid, self.pid) in starters]

    @property
    def nobody_reads(self) -> bool:
        """Whether no worker reads what the program sends, nor may do so later."""
        return not self.at(Stage.READS, Stage.WAITS, Stage.TASK, Stage.STARTS, Stage.UNKNOWN)

    @property
    def expects_feeder(self) -> bool:
        """Whether an executor has a task to send: somebody waits for a future, and every worker for a task."""
        return self.idle and any(thread.name.startswith("QueueFeeder") or asks.asks(thread) for thread in self.callers)

    def lock_of(self, waiters: Sequence[Worker]) -> Lock | None:
        """The semaphore for which several workers wait; None where the kernel does not say, or says several."""
        return self.awaited_lock(*(one.pid for one in waiters))

    def by_lock(self, waiters: Sequence[Worker]) -> list[tuple[Lock | None, list[Worker]]]:
        """Several workers by the semaphore for which each waits; all of them together where the kernel does not say two."""
        groups: dict[int, tuple[Lock | None, list[Worker]]] = {}
        for one in waiters:
            lock = self.lock_of([one])
            if lock is not None:
                groups.setdefault(lock.number, (lock, []))[1].append(one)
        return [*groups.values()] if len(groups) > 1 else [(self.lock_of(waiters), [*waiters])] * bool(waiters)

    def awaited_lock(self, *pids: int) -> Lock | None:
        """The same of the main threads of some processes."""
        found = {
            wait.target
            for pid in pids
            if (holding := self.snapshot.holding(pid)) is not None
            for wait in holding.threads
            if wait.call == "semaphore" and wait.thread == pid
        }
        if len(found) != 1:
            return None
        number = int(found.pop().split()[1])
        return next((lock for lock in self.snapshot.locks if lock.number == number), None)

    @property
    def lock_holders(self) -> dict[int, int]:
        """Of the locks of queues, by number, the worker that has it: the only one that is in the queue, stopped or not, while
        others wait for the lock."""
        found = {}
        for waits, inside in ((Stage.LOCKED, Stage.READS), (Stage.SEND_LOCKED, Stage.SENDS)):
            lock = self.lock_of(self.at(waits))
            within = [one.pid for one in self.workers if one.role is not None and one.role.stage is inside]
            if lock is not None and len(within) == 1:
                found[lock.number] = within[0]
        return found

    def forgotten_readers(self, lock: Lock) -> list[int]:
        """Processes that share a queue's lock and wait for a message in a pipe from which workers read, and of which the program
        does not know: their fork server has died. One of them has the lock."""
        queues = {f"pipe {number}" for one in self.workers for number in self.holding_pipes(one.pid)[0]}
        return [
            one.pid
            for one in self.snapshot.processes
            if one.outsider and one.pid in lock.pids and (holding := self.snapshot.holding(one.pid)) is not None
            if any(wait.call == "read" and wait.target in queues for wait in holding.threads)
        ]

    def holding_pipes(self, pid: int) -> tuple[set[int], set[int]]:
        holding = self.snapshot.holding(pid)
        return (set(holding.reads), set(holding.writes)) if holding else (set(), set())

    @cached_property
    def full_pipes(self) -> dict[int, int]:
        """Bytes in pipes that lead from the program to its workers, or from them to the program."""
        mine_reads, mine_writes = self.holding_pipes(self.pid)
        found = {}
        for worker in self.workers:
            reads, writes = self.holding_pipes(worker.pid)
            for number in (reads & mine_writes) | (writes & mine_reads):
                if self.snapshot.pipes.get(number):
                    found[number] = self.snapshot.pipes[number]
        return found

    def scene(self, died: bool) -> Scene:
        """For the rules of ``explain``. died: whether a worker is known, or supposed, to have died with a task in its hands."""
        seen = self.observation
        phase = "end" if self.ends else "call"
        workers = {one.pid: one.seen.threads for one in self.workers if one.seen.threads}
        workers |= {one.pid: one.threads for one in self.snapshot.processes if one.pid in self.helpers and one.threads}
        fault = Fault(inputs=[], faulty=0 if died else None, status=None, kills=died)
        return Scene(fault, seen, self.seen.threads, workers, died, phase)

    @cached_property
    def observation(self) -> Observation:
        """What the suite would have recorded of this program."""
        mine = {self.pid, *(one.pid for one in self.workers), *self.helpers, *(one.pid for one in self.strangers)}
        several = [one for one in self.snapshot.processes if one.pid in mine]
        return Observation(
            main_pid=self.pid,
            timeout=self.seen.age,
            duration=self.seen.age,
            deadline_passed=True,
            window=self.snapshot.window,
            events=[*self._half_messages()],
            members=[
                Member(one.pid, one.parent, round(self.seen.age - one.age, 3), None, one.state, one.command)
                for one in several
            ],
            members_seen=len(several),
            holdings=[one for one in self.snapshot.holdings if one.pid in mine],
            stacks={str(one.pid): stacks.as_text(one.threads) for one in several if one.threads},
        )

    def _half_messages(self) -> Iterator[Event]:
        for thread in self.seen.threads:
            if (half := asks.half_message(thread)) is not None:
                direction, size, remaining = half
                told = {"direction": direction, "size": size, "remaining": remaining}
                yield {"event": "half-message", "pid": self.pid, "t": 0, **told}


def _of_pool(thread: Thread) -> bool:
    """Whether a thread asks by the interface of Pool, which ThreadPool has, too."""
    frame = asks.asks(thread)
    return frame is not None and frame.file.endswith("/pool.py")
