"""Which worker gets which tasks: batches that fit their cost, and shares that leave something to the others."""

from __future__ import annotations

from typing import Any

import pytest

from safepool.core import scheduling, states
from safepool.core.decisions import Core
from safepool.core.states import Task, Worker
from tests.safepool.core.cores import started


def test_a_task_of_unknown_cost_travels_alone() -> None:
    """Until a duration is known nothing waits behind a task that may be long."""
    pool, (worker,) = started()
    for _ in range(10):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 1
    assert pool.take(worker) == []


def test_short_tasks_travel_in_batches_of_about_a_millisecond() -> None:
    """Ten microseconds each: a hundred of them make a batch."""
    pool, (worker,) = started()
    pool.cost = 10_000
    for _ in range(1000):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 100


def test_a_batch_leaves_its_share_to_the_other_workers() -> None:
    """Four tiny tasks and two workers: two each."""
    pool, (one, two) = started(2)
    pool.cost = 1
    for _ in range(4):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(one)) == 2
    assert len(pool.take(two)) == 2


def test_one_long_task_makes_the_next_batches_small() -> None:
    """The estimate believes in long tasks at once, in short ones slowly."""
    pool, (worker,) = started()
    pool.cost = 1000
    pool.add(Task("owner", 0, 1, "payload"))
    pool.take(worker)
    pool.delivered(worker, 0, [None], 50_000_000)
    assert pool.batch() == 1


def test_a_worker_gets_no_more_than_max_tasks() -> None:
    """With max_tasks=2 the third task waits for another worker."""
    pool, (worker,) = started(1, max_tasks=2)
    pool.cost = 1
    for _ in range(3):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 2
    pool.delivered(worker, 0, [None, None])
    assert pool.worn_out(worker)
    assert pool.take(worker) == []


def deferred(owner: Any = "owner") -> Task:
    task = Task(owner, 0, 1, None)
    task.deferred = True
    return task


def give(pool: Core, task: Task, size: int) -> None:
    """What the thread for pickling does, and the engine afterwards."""
    task.payload, task.size = "payload", size
    pool.prepared(task)


@pytest.fixture
def ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten bytes are much, and each counts."""
    monkeypatch.setattr(scheduling, "AHEAD_BYTES", 10)
    monkeypatch.setattr(scheduling, "REFILL_BYTES", 1)
    monkeypatch.setattr(scheduling, "LIGHT_BYTES", 0)
    monkeypatch.setattr("safepool.core.decisions.LIGHT_BYTES", 0)


def queued(pool: Core, *sizes: int) -> list[Task]:
    tasks = [Task("owner", 0, 1, "payload", size) for size in sizes]
    for task in tasks:
        pool.add(task)
    return tasks


def test_payloads_are_made_ahead_up_to_a_limit(ten: None) -> None:
    """As workers take some, those of the next ones are due, in the order of the queue."""
    pool, (worker,) = started()
    assert not pool.much_is_queued()
    queued(pool, 6, 6)
    assert pool.much_is_queued()
    one, two = deferred(), deferred()
    pool.add(one)
    pool.add(two)
    assert pool.nearly_due(9) == []
    pool.take(worker)
    assert pool.nearly_due(9) == [one, two]
    assert pool.nearly_due(1) == [one]
    give(pool, one, 5)
    assert pool.queued_bytes == 11
    assert pool.nearly_due(9) == []


def test_light_payloads_do_not_count() -> None:
    """A million small tasks wait as they are."""
    pool, _ = started()
    queued(pool, *[scheduling.LIGHT_BYTES] * 1000)
    assert pool.queued_bytes == 0
    queued(pool, *[scheduling.AHEAD_BYTES])
    assert pool.much_is_queued()


def test_while_some_are_deferred_all_are(ten: None) -> None:
    """Else what comes last would be pickled first, and the others not while it waits."""
    pool, (worker,) = started()
    queued(pool, 12)
    later = deferred()
    pool.add(later)
    pool.take(worker)
    assert pool.queued_bytes == 0
    assert pool.much_is_queued()
    give(pool, later, 1)
    assert not pool.much_is_queued()


def test_nobody_overtakes_a_deferred_task(ten: None) -> None:
    """The worker gets nothing before it is ready, and then all in order."""
    pool, (worker,) = started()
    pool.cost = 1
    later = deferred()
    pool.add(later)
    (last,) = queued(pool, 0)
    assert pool.take(worker) == []
    assert worker.state is states.IDLE
    give(pool, later, 0)
    assert pool.take(worker) == [later, last]
    pool.prepared(later)  # once more, as a message may be worked off that was torn
    assert later.payload == "payload"


def test_one_that_all_wait_for_is_due_however_much_is_behind_it(ten: None) -> None:
    """Alone, though: the others have time."""
    pool, _ = started()
    first, second = deferred(), deferred()
    pool.add(first)
    pool.add(second)
    queued(pool, 100)
    assert pool.nearly_due(9) == [first]


@pytest.mark.parametrize("told", [False, True])
def test_a_deferred_task_that_was_taken_back_holds_up_nobody(ten: None, told: bool) -> None:
    """Whether its owner could say so or was torn away before; a payload that comes for it is thrown away."""
    pool, (worker,) = started()
    gone = deferred()
    pool.add(gone)
    (last,) = queued(pool, 100)
    assert pool.nearly_due(9) == [gone]
    assert gone.take_back()
    if told:
        pool.cancelled(gone)
    assert pool.nearly_due(9) == []
    assert not pool.deferred
    give(pool, gone, 7)
    assert gone.payload is None
    assert pool.take(worker) == [last]
    assert pool.queued_bytes == 0
    assert pool.taken_back == [gone]


def test_one_that_cannot_be_pickled_fails_alone(ten: None) -> None:
    """Unless it was taken back: its owner has his answer then."""
    pool, (worker,) = started()
    bad, taken = deferred(), deferred()
    pool.add(bad)
    pool.add(taken)
    (last,) = queued(pool, 0)
    told: list[tuple[Task, int]] = []
    assert pool.nearly_due(9) == [bad, taken]
    assert taken.take_back()
    for task in (bad, taken, bad):
        pool.unprepared(task, lambda task, item: told.append((task, item)))
    assert told == [(bad, 0)]
    assert (bad.state, taken.state) == (states.FAILED, states.CANCELLED)
    assert not bad.take_back()
    assert pool.take(worker) == [last]
    assert pool.tasks == {last}


@pytest.mark.parametrize("end", ["cancel", "break"])
def test_deferred_tasks_end_with_their_pool(ten: None, end: str) -> None:
    """Cancelled or failed, as those that have their payload; what is made meanwhile comes too late."""
    pool, (worker,) = started()
    queued(pool, 6, 6)
    later = [deferred() for _ in range(3)]
    for task in later:
        pool.add(task)
    pool.take(worker)
    assert pool.nearly_due(1) == later[:1]
    if end == "cancel":
        assert len(pool.cancel_queued()) == 4
    else:
        assert len(pool.fail_all()) == 5
    for task in later:
        give(pool, task, 5)
        assert task.payload is None
    assert pool.queued_bytes == 0
    assert not pool.deferred
    assert not pool.queue


def test_what_comes_back_is_counted_again(ten: None) -> None:
    """From a worker that did not begin it, alive or dead."""
    pool, (one, two) = started(2)
    pool.cost = 1
    queued(pool, 3, 4)

    def sizes(worker: Worker) -> list[int]:
        return [task.size for task in worker.held]

    pool.take(one)
    assert (pool.queued_bytes, sizes(one)) == (4, [3])
    assert pool.take_back(one, 0, 1) == 1
    assert pool.queued_bytes == 7
    pool.take(two)
    pool.take(two)
    before = sum(sizes(two))
    pool.died(two, 0, 0)
    assert before
    assert pool.queued_bytes == 7


def test_workers_are_started_for_deferred_tasks(ten: None) -> None:
    """Their payloads are there sooner."""
    pool = Core(2, eager=False)
    for _ in range(3):
        pool.add(deferred())
    assert pool.wanted() == 2


def test_what_was_taken_back_is_not_owed() -> None:
    """The worker has passed over it and has not said so yet: what it does afterwards is looked for where it will be."""
    pool, (worker,) = started()
    pool.cost = 1
    for _ in range(8):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 8
    pool.delivered(worker, 0, ["a", "b"])
    assert pool.take_back(worker, 4, 6) == 2
    assert worker.next == 2
    pool.delivered(worker, 2, ["c", "d"])
    assert [task.seq for task in worker.held] == [6, 7]
    assert worker.next == 6
