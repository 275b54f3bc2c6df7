"""The decisions of a pool, explored as a state machine: any sequence of events settles every item exactly once."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from safepool.core import decisions, scheduling, states
from safepool.core.decisions import Core
from safepool.core.states import IllegalTransition, Task, Worker
from safepool.interfaces.limits import Limits
from safepool.protocol import words
from safepool.protocol.words import CHUNK, RUN, SKIPPED
from tests.safepool.core.cores import all_left, started
from tests.safepool.engine.interruptions import Interruption, interruptions

#: Of so many points of an operation one is tried each time.
STRIDE = 40


class Fake:
    """What really happened in a worker: the items it was sent, how far it is, what it has not answered yet."""

    def __init__(self) -> None:
        self.position = 0  # the item in hand or next
        self.answered = 0
        self.stage = words.IDLE


def length(entry: Any) -> int:
    """Of how many items this is."""
    if isinstance(entry, tuple):
        return len(entry[1]) if entry[0] == RUN else int(entry[1])
    return 1


def travelling(task: Task) -> int:
    """How many items it has, whether more may join or not."""
    return len(task.payload[4]) if task.door else task.count


class PoolMachine(RuleBasedStateMachine):
    """Workers that run, answer, stall and die at any point; callers that submit, cancel and close."""

    def __init__(self) -> None:
        super().__init__()
        self.core = Core(3, max_tasks=None)
        self.outcomes: dict[tuple[int, int], list[str]] = {}
        self.starts: dict[tuple[int, int], int] = {}
        self.fakes: dict[int, Fake] = {}
        self.detached: list[Task] = []
        self.being_made: list[Task] = []  # the payloads of deferred ones
        self.retries: dict[int, int] = {}
        self.numbers = 0
        self.closed = False
        self.last_loose: Task | None = None
        self.taken_back: list[Task] = []  # by their owners

    # ---- helpers

    def settle(self, task: Task, item: int, how: str) -> None:
        if any(task is other for other in self.taken_back):
            return  # its owner knows already, and takes no second answer
        self.outcomes[(task.owner, task.index + item)].append(how)

    def begin(self, worker: Worker, number: int) -> None:
        for task in worker.held:
            if task.seq <= number < task.seq + task.count:
                key = (task.owner, task.index + number - task.seq)
                self.starts[key] = self.starts.get(key, 0) + 1
                return
        raise AssertionError(f"{worker} begins item {number}, which it does not hold")

    def busy(self) -> list[Worker]:
        return [w for w in self.core.workers.values() if w.held]

    def dispatch(self) -> None:
        for worker in list(self.core.idle):
            self.core.take(worker)

    # ---- events

    @rule(count=st.integers(1, 5), retries=st.integers(0, 2), size=st.sampled_from([0, 100_000, 20_000_000]))
    @precondition(lambda self: self.core.state == states.OPEN)
    def submit(self, count: int, retries: int, size: int) -> None:
        owner = self.numbers
        self.numbers += 1
        for i in range(count):
            self.outcomes[(owner, i)] = []
        self.retries[owner] = retries
        self.core.add(Task(owner, 0, count, "payload", size, Limits(retries=retries) if retries else None))

    @rule()
    @precondition(lambda self: self.core.state == states.OPEN)
    def submit_deferred(self) -> None:
        """Its payload is to be made later."""
        owner = self.numbers
        self.numbers += 1
        self.outcomes[(owner, 0)] = []
        self.retries[owner] = 0
        task = Task(owner, 0, 1, None)
        task.deferred = True
        self.core.add(task)

    @rule(most=st.integers(1, 3))
    def ask_for_payloads(self, most: int) -> None:
        """Some are to be made, in the order of the queue; those that were asked for before come again."""
        due = self.core.nearly_due(most)
        waiting = [t for t in self.core.queue if t.state == states.QUEUED and t.deferred and not t.taken_back]
        assert [t for t in due if not t.taken_back] == [t for t in waiting if t in due]
        assert not due or due[0] is waiting[0]
        self.being_made += [task for task in due if task not in self.being_made]

    @rule(fail=st.booleans(), size=st.sampled_from([0, 100_000, 20_000_000]))
    @precondition(lambda self: self.being_made)
    def get_payload(self, fail: bool, size: int) -> None:
        """What was asked for is there, whatever became of the task meanwhile."""
        task = self.being_made.pop(0)
        if fail:
            self.core.unprepared(task, lambda task, item: self.settle(task, item, "not pickled"))
        elif task.deferred:
            task.payload, task.size = "payload", size
            self.core.prepared(task)
        assert not task.deferred or task.payload is None

    @rule(more=st.integers(0, 5))
    @precondition(lambda self: self.core.state == states.OPEN)
    def submit_loose(self, more: int) -> None:
        """Single items that travel together."""
        owner = self.numbers
        self.numbers += 1
        self.outcomes[(owner, 0)] = []
        self.retries[owner] = 0
        task = Task(owner, 0, 1, (CHUNK, b"", 0, 0, [0]))
        task.open()
        self.core.add(task)
        self.last_loose = task
        for _ in range(more):
            self.join()

    @rule()
    @precondition(lambda self: self.last_loose is not None)
    def join(self) -> None:
        task = self.last_loose
        assert task is not None
        known = sum(owner == task.owner for owner, _ in self.outcomes)
        if task.join(known):
            self.outcomes[task.owner, known] = []
            assert [*task.payload[4]] == list(range(known + 1))
        else:
            self.last_loose = None

    @rule()
    def launch(self) -> None:
        for _ in range(self.core.wanted()):
            worker = self.core.launch()
            self.fakes[worker.id] = Fake()

    @rule(data=st.data())
    @precondition(lambda self: any(w.state == states.STARTING for w in self.core.workers.values()))
    def ready(self, data: st.DataObject) -> None:
        starting = [w for w in self.core.workers.values() if w.state == states.STARTING]
        self.core.ready(data.draw(st.sampled_from(starting)))

    @rule()
    def send(self) -> None:
        self.dispatch()

    @rule(data=st.data())
    @precondition(lambda self: self.busy())
    def send_more(self, data: st.DataObject) -> None:
        self.core.take(data.draw(st.sampled_from(self.busy())))

    @rule(data=st.data(), steps=st.integers(1, 6), stage=st.sampled_from([words.IDLE, words.RUNNING, words.SENDING]))
    @precondition(lambda self: self.busy())
    def work(self, data: st.DataObject, steps: int, stage: int) -> None:
        """The worker finishes some items, and may be in the midst of the next."""
        worker = data.draw(st.sampled_from(self.busy()))
        fake = self.fakes[worker.id]
        for _ in range(steps):
            if fake.position >= worker.sent:
                return
            if fake.stage == words.IDLE:
                # Items that were taken back are not begun.
                if not any(t.seq <= fake.position < t.seq + t.count for t in worker.held):
                    later = [t.seq for t in worker.held if t.seq > fake.position]
                    fake.position = min(later) if later else worker.sent
                    if not later:
                        return
                self.begin(worker, fake.position)
            fake.position += 1
            fake.stage = words.IDLE
        held = any(t.seq <= fake.position < t.seq + t.count for t in worker.held)
        if held and fake.position < worker.sent and stage != words.IDLE:
            self.begin(worker, fake.position)
            fake.stage = stage

    @rule(data=st.data(), as_run=st.booleans(), cost=st.sampled_from([0, 1000, 5_000_000]))
    @precondition(lambda self: self.busy())
    def answer(self, data: st.DataObject, as_run: bool, cost: int) -> None:
        """The worker sends what it has finished, or the parent reads its journal; in any pieces, perhaps twice."""
        worker = data.draw(st.sampled_from(self.busy()))
        fake = self.fakes[worker.id]
        task = worker.held[0]
        first = task.seq + task.done
        end = min(fake.position, task.seq + task.count)
        if end <= first:
            return
        upto = data.draw(st.integers(first + 1, end))
        again = data.draw(st.integers(task.seq, first))
        entries = [(RUN, list(range(upto - again)))] if as_run else list(range(upto - again))
        for settled, item, entry in self.core.delivered(worker, again, entries, cost * (upto - again)):
            n = len(entry[1]) if isinstance(entry, tuple) else 1
            for i in range(n):
                self.settle(settled, item + i, "result")

    @rule(data=st.data())
    @precondition(lambda self: self.busy())
    def give_up(self, data: st.DataObject) -> None:
        """The worker cannot unpickle the rest of a chunk, none of which it has begun."""
        worker = data.draw(st.sampled_from(self.busy()))
        fake = self.fakes[worker.id]
        task = worker.held[0]
        position = fake.position
        if fake.stage != words.IDLE or not task.seq <= position < task.seq + task.count:
            return
        entries: list[object] = [0] * (position - task.seq - task.done)
        entries.append((SKIPPED, task.seq + task.count - position))
        first = task.seq + task.done
        for settled, item, entry in self.core.delivered(worker, first, entries):
            if isinstance(entry, tuple):
                self.detached.append(settled)
            else:
                self.settle(settled, item, "result")
        fake.position = task.seq + task.count

    @rule(data=st.data())
    @precondition(lambda self: self.busy())
    def take_back(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.busy()))
        fake = self.fakes[worker.id]
        start = self.core.boundary(worker, fake.position, fake.stage != words.IDLE)
        self.core.take_back(worker, start, worker.sent)

    @rule(data=st.data())
    @precondition(lambda self: any(w.suspended for w in self.core.workers.values()))
    def respond(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from([w for w in self.core.workers.values() if w.suspended]))
        if not worker.held:
            self.fakes[worker.id].position = worker.sent
            self.core.delivered(worker, worker.sent, [])

    @rule(data=st.data(), kill=st.booleans(), reading=st.booleans())
    @precondition(lambda self: self.core.workers)
    def die(self, data: st.DataObject, kill: bool, reading: bool) -> None:
        worker = data.draw(st.sampled_from(list(self.core.workers.values())))
        fake = self.fakes.pop(worker.id)
        position = max(fake.position, worker.next)
        stage = fake.stage
        if stage == words.IDLE and reading:
            stage = words.READING
        casualties = self.core.died(worker, position, stage, by_signal=kill)
        if casualties.victim is not None and not casualties.retried:
            self.settle(*casualties.victim, "died")
        for task, item in casualties.lost:
            self.settle(task, item, "lost")
        self.detached += casualties.detached

    @rule(fail=st.booleans())
    @precondition(lambda self: self.detached)
    def attach(self, fail: bool) -> None:
        part = self.detached.pop(0)
        if fail:
            for task, item in self.core.drop(part):
                self.settle(task, item, "dropped")
        elif self.core.state in (states.OPEN, states.CLOSING):
            part.payload = "payload"
            self.core.attach(part)
        else:
            self.detached.append(part)

    @rule(data=st.data())
    @precondition(lambda self: self.core.queue)
    def cancel(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(list(self.core.queue)))
        if self.core.cancel(task):
            for i in range(task.done, task.count):
                self.settle(task, i, "cancelled")
        assert not self.core.cancel(task)

    @rule(data=st.data(), told=st.booleans())
    @precondition(lambda self: any(t.state == states.QUEUED for t in [*self.core.queue]) or self.detached)
    def owner_takes_back(self, data: st.DataObject, told: bool) -> None:
        """Without the core, which is ``told`` or finds out by itself."""
        waiting = [task for task in self.core.queue if task.state == states.QUEUED] + self.detached
        task = data.draw(st.sampled_from(waiting))
        assert task.take_back()
        assert task.take_back()
        if task not in self.taken_back:
            for i in range(task.done, travelling(task)):
                self.settle(task, i, "taken back")
            self.taken_back.append(task)
            self.last_loose = None
        if told:
            self.core.cancelled(task)
            self.core.cancelled(task)
            self.detached = [part for part in self.detached if part is not task]

    @rule()
    @precondition(lambda self: self.numbers > 3)
    def close(self) -> None:
        self.core.close()

    @rule()
    @precondition(lambda self: self.numbers > 5 and self.core.state != states.BROKEN)
    def break_pool(self) -> None:
        for task, item in self.core.fail_all():
            self.settle(task, item, "broken")
        for worker in list(self.core.workers.values()):
            self.core.stop(worker)

    # ---- what must hold at all times

    @invariant()
    def nothing_is_settled_twice(self) -> None:
        for key, how in self.outcomes.items():
            assert len(how) <= 1, (key, how)

    @invariant()
    def nothing_starts_twice_unless_retried(self) -> None:
        for (owner, index), times in self.starts.items():
            assert times <= 1 + self.retries[owner], (owner, index, times)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What is not settled is queued, held by a worker, or waiting for its payload."""
        open_items = set()
        tasks = [t for t in self.core.queue if t.state == states.QUEUED] + self.detached
        for worker in self.core.workers.values():
            tasks += worker.held
            assert worker.items == sum(t.count - t.done for t in worker.held)
        live = [t for t in tasks if t.state not in (states.FAILED,)]
        for task in live:
            for i in range(task.done, travelling(task)) if task not in self.taken_back else ():
                key = (task.owner, task.index + i)
                assert key not in open_items, "an item is in two places"
                open_items.add(key)
        assert open_items == {key for key, how in self.outcomes.items() if not how}
        assert self.core.unfinished == len(live)
        assert self.core.tasks == set(live)
        assert self.core.active == sum(w.state == states.BUSY and not w.suspended for w in self.core.workers.values())

    @invariant()
    def queued_bytes_are_counted(self) -> None:
        """And every deferred task that waits is in its line, in the order of the queue; nobody overtakes one."""
        queued = [task for task in self.core.queue if task.state == states.QUEUED]
        assert self.core.queued_bytes == sum(scheduling.weight(task) for task in queued if not task.deferred)
        deferred = [task for task in queued if task.deferred]
        assert [t for t in self.core.deferred if t.deferred and t.state == states.QUEUED] == deferred
        for worker in self.core.workers.values():
            assert all(task.payload is not None and not task.deferred for task in worker.held)

    # ---- what must hold if a signal's handler raises in the middle of an operation of a caller's thread

    def everybody_is_found_when_torn(self, data: st.DataObject, operation: Callable[[Core, Any], object]) -> None:
        """:meth:`Core.give_up_all`, with what is on its way to its owner, has them all: at some points of an operation on copies.

        ``operation`` is given a core, and where to put outcomes at once.
        """
        nth = data.draw(st.integers(1, STRIDE))
        awaited = {key for key, how in self.outcomes.items() if not how}
        while True:
            at = Interruption(nth, (decisions, scheduling, states))
            core, settled = copy.deepcopy(self.core), deque[Any]()
            if not at.call(operation, core, settled):
                break
            nth += STRIDE
            told = {(task.owner, task.index + item + i) for task, item, entry in settled for i in range(length(entry))}
            left = {(task.owner, task.index + i) for task in all_left(core) for i in range(task.done, task.count)}
            assert awaited <= told | left, (at.where, awaited - told - left)

    @rule(data=st.data())
    @precondition(lambda self: self.core.idle and self.core.queue)
    def torn_while_tasks_are_sent(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from([worker.id for worker in self.core.idle]))
        self.everybody_is_found_when_torn(data, lambda core, _settled: core.take(core.workers[number]))

    @rule(data=st.data(), skip=st.booleans())
    @precondition(lambda self: self.busy())
    def torn_while_results_are_read(self, data: st.DataObject, skip: bool) -> None:
        number = data.draw(st.sampled_from([worker.id for worker in self.busy()]))

        def answer(core: Core, settled: Any) -> None:
            worker = core.workers[number]
            task = worker.held[0]
            count = task.count - task.done
            entries = [(SKIPPED, count)] if skip else [0] * (count - 1) + [(RUN, [0])]
            core.delivered(worker, task.seq + task.done, entries, 1000, settled)

        self.everybody_is_found_when_torn(data, answer)

    @rule(data=st.data())
    @precondition(lambda self: self.core.state in (states.OPEN, states.CLOSING))
    def torn_while_workers_are_wanted(self, data: st.DataObject) -> None:
        self.everybody_is_found_when_torn(data, lambda core, _settled: [core.launch() for _ in range(core.wanted())])

    def teardown(self) -> None:
        """Let everything run to its end: each item is settled exactly once."""
        self.core.close()
        for _ in range(10_000):
            while self.detached:
                part = self.detached.pop()
                if self.core.state == states.BROKEN:
                    for task, item in self.core.drop(part):
                        self.settle(task, item, "dropped")
                else:
                    self.core.attach(part)
            if not self.core.unfinished:
                break
            for task in self.core.nearly_due(2):
                task.payload = "payload"
                self.core.prepared(task)
            self.launch()
            for worker in list(self.core.workers.values()):
                if worker.state == states.STARTING:
                    self.core.ready(worker)
                if worker.suspended:
                    self.core.delivered(worker, worker.sent, [])
            self.dispatch()
            for worker in self.busy():
                task = worker.held[0]
                first = task.seq + task.done
                for settled, item, _ in self.core.delivered(worker, first, [0] * (task.count - task.done)):
                    self.settle(settled, item, "result")
        assert self.core.drained
        for key, how in self.outcomes.items():
            assert len(how) == 1, (key, how)
        for task in self.taken_back:
            assert task in self.core.taken_back or task.state == states.FAILED


TestAnySequenceOfEvents = PoolMachine.TestCase
#: To explain a failure hypothesis traces, and so do we.
TestAnySequenceOfEvents.settings = settings(phases=[phase for phase in Phase if phase is not Phase.explain])


def test_a_closed_pool_takes_no_task() -> None:
    """What was asked for before close() is done after it; a pool that is broken takes nothing: that would be a bug of ours."""
    pool, _ = started()
    pool.close()
    pool.add(Task("owner", 0, 1, "payload"))
    assert not pool.drained
    pool.fail_all()
    with pytest.raises(IllegalTransition, match="broken"):
        pool.add(Task("owner", 0, 1, "payload"))


def test_a_death_in_the_middle_of_a_chunk_costs_one_item() -> None:
    """Items before it are finished, it is the victim, those after it go on as a task of their own."""
    pool, (worker,) = started()
    pool.add(Task("owner", 10, 5, "payload"))
    (task,) = pool.take(worker)
    pool.delivered(worker, 0, ["a", "b"])
    casualties = pool.died(worker, 2, words.RUNNING)
    assert casualties.victim == (task, 2)
    assert casualties.lost == []
    (rest,) = casualties.detached
    assert (rest.index, rest.count) == (13, 2)


def test_what_finished_and_was_not_sent_is_lost_and_not_run_again() -> None:
    """Item 0 had finished when the worker died in item 1, but its result is nowhere."""
    pool, (worker,) = started()
    pool.add(Task("owner", 0, 3, "payload"))
    (task,) = pool.take(worker)
    casualties = pool.died(worker, 1, words.RUNNING)
    assert casualties.lost == [(task, 0)]
    assert casualties.victim == (task, 1)
    assert [(t.index, t.count) for t in casualties.detached] == [(2, 1)]


def test_an_idle_worker_dies_without_a_victim() -> None:
    """What had been given to it and not begun goes to another worker."""
    pool, (worker,) = started()
    task = Task("owner", 0, 1, "payload")
    pool.add(task)
    pool.take(worker)
    casualties = pool.died(worker, 0, words.IDLE)
    assert casualties.victim is None
    assert list(pool.queue) == [task]


def test_a_task_whose_arguments_kill_every_reader_is_blamed_in_the_end() -> None:
    """Three workers die while they receive it: then it fails, instead of killing workers for ever."""
    pool = Core(1)
    pool.add(Task("owner", 0, 1, "payload"))
    victims = []
    for _ in range(decisions.MAX_DELIVERIES):
        worker = pool.launch()
        pool.ready(worker)
        pool.take(worker)
        victims.append(pool.died(worker, 0, words.READING).victim)
    assert [v is not None for v in victims] == [False] * (decisions.MAX_DELIVERIES - 1) + [True]


def test_workers_that_never_get_to_work_are_hopeless_soon() -> None:
    """Exits while starting, one after the other, end in despair; one good start resets the count."""
    pool = Core(1)
    for _ in range(decisions.MAX_START_EXITS - 1):
        pool.died(pool.launch(), 0, words.IDLE)
    assert not pool.start_hopeless
    pool.ready(pool.launch())
    for _ in range(decisions.MAX_START_EXITS):
        pool.died(pool.launch(), 0, words.IDLE)
    assert pool.start_hopeless


def test_a_pool_that_has_worked_bears_more_kills_while_its_workers_start() -> None:
    """Killed before any worker was ready, it is hopeless soon; one that has worked is being shot at, and goes on longer."""
    new, proven = Core(1), Core(1)
    proven.ready(proven.launch())
    for pool in (new, proven):
        for _ in range(decisions.MIN_START_KILLS):
            pool.died(pool.launch(), 0, words.IDLE, by_signal=True)
    assert new.start_hopeless and not proven.start_hopeless
    for _ in range(decisions.MIN_START_KILLS * (decisions.PROVEN - 1)):
        proven.died(proven.launch(), 0, words.IDLE, by_signal=True)
    assert proven.start_hopeless


@pytest.mark.parametrize("by_signal", [False, True])
def test_workers_that_all_die_before_they_begin_a_task_are_hopeless(by_signal: bool) -> None:
    """A task goes back to the queue, as good as before; but it does not for ever."""
    pool = Core(1)
    task = Task(None, 0, 1, b"", 1)
    pool.add(task)
    most = decisions.MAX_VAIN_KILLS if by_signal else decisions.MAX_VAIN_EXITS
    for number in range(most):
        assert not pool.all_in_vain, number
        worker = pool.launch()
        pool.ready(worker)
        pool.take(worker)
        died = pool.died(worker, 0, words.IDLE, by_signal=by_signal)
        assert died.victim is None
        assert task.state is states.QUEUED
    assert pool.all_in_vain


def test_one_worker_that_finishes_a_task_gives_hope() -> None:
    """While it lives, and when it has died: what it was made with is sound."""
    pool = Core(2)
    good = pool.launch()
    good.tasks_done = 1
    pool.ready(good)
    pool.vain_exits = decisions.MAX_VAIN_EXITS
    assert not pool.all_in_vain
    pool.died(good, 0, words.IDLE)
    assert not pool.all_in_vain
    assert pool.vain_exits == 0


def test_cancelled_tasks_do_not_hide_the_ones_behind_them() -> None:
    """A worker is launched for a task that stands behind any number of cancelled ones."""
    pool = Core(1, eager=False)
    tasks = [Task("owner", 0, 1, "payload") for _ in range(10)]
    for task in tasks:
        pool.add(task)
    for task in tasks[:-1]:
        pool.cancel(task)
    assert pool.wanted() == 1


def torn(operation: Callable[[Core, Any], object], prepare: Callable[[Core], object] = lambda core: None) -> list[str]:
    """Where an operation loses items when it is interrupted. Of six tasks one is held and one detached; some are done in part."""
    wrong = []
    for at in interruptions((decisions, scheduling, states)):
        pool, (worker,) = started()
        tasks = [Task("owner", 10 * number, 3, "payload") for number in range(6)]
        for task in tasks[:5]:
            pool.add(task)
        pool.take(worker)
        pool.delivered(worker, 0, ["a"])
        pool.tasks.add(tasks[5])  # as a rest of a chunk that waits for its payload
        prepare(pool)
        awaited = {task.index + i for task in tasks for i in range(task.done, task.count)}
        settled: list[tuple[Task, int]] = []
        at.call(operation, pool, settled)
        told = {task.index + item for task, item in settled}
        left = {task.index + i for task in all_left(pool) for i in range(task.done, task.count)}
        if not awaited <= told | left:
            wrong.append(at.where)
    return wrong


def test_a_pool_that_is_torn_while_it_breaks_forgets_nobody() -> None:
    """A task stays among those that somebody waits for until its owner's outcome is where it will be told."""
    assert torn(lambda pool, settled: pool.fail_all(lambda *one: settled.append(one))) == []


def test_a_pool_that_is_torn_while_it_cancels_forgets_nobody() -> None:
    """As above, for ``shutdown(cancel_futures=True)``."""

    def cancel(pool: Core, settled: Any) -> None:
        pool.cancel_queued(lambda task: settled.extend((task, i) for i in range(task.count)))

    assert torn(cancel) == []


def test_a_pool_that_is_torn_while_it_drops_a_rest_forgets_nobody() -> None:
    """As above, for a rest of a chunk that cannot be pickled again."""

    def drop(pool: Core, settled: Any) -> None:
        (part,) = [task for task in pool.tasks if task.state is states.DETACHED]
        pool.drop(part, lambda *one: settled.append(one))

    assert torn(drop) == []


def test_a_rest_that_gets_its_payload_is_found_at_each_point() -> None:
    """It is among those that somebody waits for before, while and after it goes back to the queue."""

    def attach(pool: Core, _settled: object) -> None:
        (part,) = [task for task in pool.tasks if task.state is states.DETACHED]
        pool.attach(part)

    assert torn(attach) == []


def test_a_task_that_was_taken_back_is_told_once_more_wherever_that_is_torn() -> None:
    """It is among those that somebody waits for, or noted to be told: at each point."""
    wrong = []
    for at in interruptions((decisions, scheduling, states)):
        pool, _ = started()
        task = Task("owner", 0, 1, "payload")
        pool.add(task)
        assert task.take_back()
        at.call(pool.cancelled, task)
        if task not in pool.taken_back and task not in all_left(pool):
            wrong.append(at.where)
    assert wrong == []


def test_who_cannot_tell_of_all_tells_of_the_others_the_next_time() -> None:
    """No memory for the third one: nobody is forgotten."""
    pool, _ = started()
    tasks = [Task("owner", number, 1, "payload") for number in range(5)]
    for task in tasks:
        pool.add(task)
    told: list[Task] = []

    def tell(task: Task) -> None:
        if len(told) == 2 and short.pop():
            raise MemoryError
        told.append(task)

    short = [False, True]
    with pytest.raises(MemoryError):
        pool.give_up_all(tell)
    pool.give_up_all(tell)
    assert sorted(task.index for task in told) == [0, 1, 2, 3, 4]
    assert all_left(pool) == []
